#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "core/base/file.hpp"
#include "core/yaml/builder.hpp"
#include "core/yaml/json_events.hpp"

namespace ketrew::yaml {
namespace {

Place place_of(const YAML::Mark& mark, int file) { return {mark.line + 1, mark.column + 1, file}; }

class Events : public YAML::EventHandler {
 public:
  Events(Builder& builder, int file) : builder_(builder), file_(file) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    builder_.null(place_of(mark, file_), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    builder_.alias(place_of(mark, file_), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (!quoted) check_tag(mark, tag);
    builder_.scalar(place_of(mark, file_), value, quoted, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::list);
  }
  void OnSequenceEnd() override { builder_.close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { builder_.close(); }

 private:
  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?")
      throw Refused{
          place_of(mark, file_), "the YAML tag " + one_line(tag, 60) + " is not supported", {}};
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Kind kind) {
    if (tag != "!") check_tag(mark, tag);
    builder_.open(place_of(mark, file_), kind, anchor);
  }

  Builder& builder_;
  int file_;
};

// yaml-cpp takes byte 4 for the end of the file and does not look at its encoding.
std::optional<Error> check_bytes(std::string_view text, const std::string& file) {
  int line = 1;
  for (std::string_view rest = text; !rest.empty(); ++line) {
    const std::string_view one = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    if (!is_utf8(one)) return error_at(file, {line, 1}, "this line is not UTF-8");
    for (std::size_t i = 0; i < one.size(); ++i)
      if ((static_cast<unsigned char>(one[i]) < 0x20 && one[i] != '\t' && one[i] != '\r') ||
          one[i] == 0x7f)
        return error_at(file, {line, static_cast<int>(i) + 1}, "a control character");
  }
  return {};
}

Result<Node> parse_yaml(std::string_view text, const std::string& file, const Limits& limits,
                        int number) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  Builder builder(limits);
  Events events(builder, number);
  parser.HandleNextDocument(events);
  Builder second(limits);
  Events more(second, number);
  if (parser.HandleNextDocument(more))
    return pass(error_at(file, second.take().place, "a second YAML document", "one file has one"));
  return builder.take();
}

}  // namespace

Result<Node> parse(std::string_view text, const std::string& file, const Limits& limits,
                   int number) {
  if (text.size() > limits.bytes)
    return pass(error_at(file, {}, "larger than " + std::to_string(limits.bytes) + " bytes"));
  if (auto wrong = check_bytes(text, file)) return pass(std::move(*wrong));
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  try {
    if (is_json(text)) {
      Builder builder(limits);
      read_json(text, number, builder);
      return builder.take();
    }
    auto root = parse_yaml(text, file, limits, number);
    if (root && root->place.line == 0) root->place = {1, 1, number};  // an empty document has none
    return root;
  } catch (const Refused& refused) {
    return pass(error_at(file, refused.place, refused.what, refused.hint));
  } catch (const YAML::Exception& error) {
    const Place place = error.mark.is_null() ? Place{} : place_of(error.mark, number);
    return pass(error_at(file, place, "not YAML: " + one_line(error.msg)));
  } catch (const std::exception& error) {
    return pass(error_at(file, {}, std::string("not YAML: ") + error.what()));
  }
}

Result<Node> load(const std::string& file, const Limits& limits, int number) {
  auto text = read_file(file, limits.bytes + 1);
  if (!text) return pass(text.error());
  return parse(*text, file, limits, number);
}

}  // namespace ketrew::yaml
