#include "core/profile/yaml_tree.hpp"

#include <charconv>
#include <cmath>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "core/base/file.hpp"

namespace ketrew::profile {
namespace {

Place place_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// Thrown through yaml-cpp's parser by the builder, caught by parse_yaml.
struct Refused {
  Place place;
  std::string what, hint;
};

// Builds the tree from yaml-cpp's events. Its own tree (YAML::Node) would cost us the places of
// keys, the doubled keys, and the bound on what aliases unfold to.
class Builder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.place = place_of(mark);
    add(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{place_of(mark), "an alias that contains itself", {}};
    count(mark, size_of(found->second));
    add(found->second, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.place = place_of(mark);
    node.text = value;
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (!node.quoted && !tag.empty() && tag != "?")
      throw Refused{place_of(mark), "the YAML tag " + one_line(tag, 60) + " is not supported", {}};
    count(mark, 1);
    add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

  YamlNode take() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor;
    std::optional<YamlNode> key;  // of a map, once it was read
    std::set<std::string> keys;
  };

  static std::size_t size_of(const YamlNode& node) {
    std::size_t size = 1;
    for (const auto& item : node.items) size += size_of(item);
    for (const auto& [key, value] : node.entries) size += 1 + size_of(value);
    return size;
  }
  static std::size_t depth_of(const YamlNode& node) {
    std::size_t depth = 0;
    for (const auto& item : node.items) depth = std::max(depth, depth_of(item));
    for (const auto& [key, value] : node.entries) depth = std::max(depth, depth_of(value));
    return depth + 1;
  }
  void count(const YAML::Mark& mark, std::size_t more) {
    nodes_ += more;
    if (nodes_ > max_yaml_nodes)
      throw Refused{place_of(mark), "more than " + std::to_string(max_yaml_nodes) + " values",
                    "aliases count as often as they are used"};
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    if (!tag.empty() && tag != "?" && tag != "!")
      throw Refused{place_of(mark), "the YAML tag " + one_line(tag, 60) + " is not supported", {}};
    if (open_.size() >= max_yaml_depth)
      throw Refused{
          place_of(mark), "nested more than " + std::to_string(max_yaml_depth) + " deep", {}};
    count(mark, 1);
    YamlNode node;
    node.kind = kind;
    node.place = place_of(mark);
    open_.push_back({std::move(node), anchor, {}, {}});
  }
  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.node), done.anchor);
  }
  void add(YamlNode node, YAML::anchor_t anchor) {
    if (anchor) anchors_[anchor] = node;
    if (open_.size() + depth_of(node) > max_yaml_depth + 1)
      throw Refused{node.place, "nested more than " + std::to_string(max_yaml_depth) + " deep", {}};
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      if (node.kind != YamlNode::Kind::scalar)
        throw Refused{node.place, describe(node) + " as a key", "a key is a word"};
      if (!parent.keys.insert(node.text).second)
        throw Refused{node.place, "the key \"" + one_line(node.text, 60) + "\" is there twice",
                      "keep one of the two"};
      parent.key = std::move(node);
    } else {
      parent.node.entries.emplace_back(std::move(*parent.key), std::move(node));
      parent.key.reset();
    }
  }

  YamlNode root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t nodes_ = 0;
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

bool matches_number(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return !text.empty() &&
         (std::isdigit(static_cast<unsigned char>(text[0])) ||
          (text[0] == '.' && text.size() > 1 && std::isdigit(static_cast<unsigned char>(text[1]))));
}

Json plain_to_json(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (!matches_number(text)) return text;
  const std::string_view digits = text[0] == '+' ? std::string_view(text).substr(1) : text;
  const char* const end = digits.data() + digits.size();
  std::int64_t integer = 0;
  if (auto [at, error] = std::from_chars(digits.data(), end, integer);
      error == std::errc() && at == end)
    return integer;
  double number = 0;
  if (auto [at, error] = std::from_chars(digits.data(), end, number);
      error == std::errc() && at == end && std::isfinite(number))
    return number;
  return text;
}

}  // namespace

Error error_at(const std::string& file, Place place, const std::string& what, std::string hint) {
  std::string where = file;
  if (place.line) where += ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
  return Error{ErrorKind::invalid, where + ": " + what, std::move(hint)};
}

Result<YamlNode> parse_yaml(std::string_view text, const std::string& file) {
  if (text.size() > max_yaml_bytes)
    return pass(error_at(file, {}, "larger than " + std::to_string(max_yaml_bytes) + " bytes"));
  if (auto wrong = check_bytes(text, file)) return pass(std::move(*wrong));
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder;
    parser.HandleNextDocument(builder);
    YamlNode root = builder.take();
    root.place = std::max(root.place, Place{1, 1});  // an empty document has none
    Builder second;
    if (parser.HandleNextDocument(second))
      return pass(
          error_at(file, second.take().place, "a second YAML document", "one file has one"));
    return root;
  } catch (const Refused& refused) {
    return pass(error_at(file, refused.place, refused.what, refused.hint));
  } catch (const YAML::Exception& error) {
    return pass(error_at(file, error.mark.is_null() ? Place{} : place_of(error.mark),
                         "not YAML: " + one_line(error.msg)));
  } catch (const std::exception& error) {
    return pass(error_at(file, {}, std::string("not YAML: ") + error.what()));
  }
}

Result<YamlNode> load_yaml(const std::string& file) {
  auto text = read_file(file, max_yaml_bytes + 1);
  if (!text) return pass(text.error());
  return parse_yaml(*text, file);
}

Json to_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null: return nullptr;
    case YamlNode::Kind::scalar: return node.quoted ? Json(node.text) : plain_to_json(node.text);
    case YamlNode::Kind::list: {
      Json list = Json::array();
      for (const auto& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case YamlNode::Kind::map: {
      Json map = Json::object();
      for (const auto& [key, value] : node.entries) map[key.text] = to_json(value);
      return map;
    }
  }
  return nullptr;
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null: return "nothing";
    case YamlNode::Kind::list: return "a list";
    case YamlNode::Kind::map: return "a map";
    case YamlNode::Kind::scalar: break;
  }
  const Json value = to_json(node);
  const std::string text = one_line(node.text, 40);
  if (value.is_boolean()) return "the boolean " + text;
  if (value.is_number()) return "the number " + text;
  return "the text \"" + text + "\"";
}

}  // namespace ketrew::profile
