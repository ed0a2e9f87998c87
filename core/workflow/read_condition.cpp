#include "core/workflow/read_condition.hpp"

#include "core/yaml/map_reader.hpp"

namespace ketrew::workflow {
namespace {

using yaml::Node;
constexpr int max_depth = 30;  // the model's limit, less what `product` and lists add

void read_larger_than(const Node& node, TextReader& texts, ConditionText& condition) {
  yaml::MapReader map(node, "\"larger_than\"", texts.problems());
  const Node *path = map.node("path"), *bytes = map.node("bytes");
  const Json number = bytes ? yaml::to_json(*bytes) : Json();
  if (!path || !number.is_number_integer() || number < 0)
    return texts.problems().add(node.place, "\"larger_than\" has not both",
                                "write {path: /PATH, bytes: N}");
  condition.kind = ConditionText::Kind::larger_than;
  condition.paths = {texts.text(*path, "a path")};
  condition.bytes = number.get<std::uint64_t>();
}

}  // namespace

Template TextReader::text(const Node& node, const std::string& what, Reader reader) {
  if (node.kind != Node::Kind::scalar) {
    problems_.add(node.place, what + " is " + yaml::describe(node), "expected a text");
    return {};
  }
  auto read = read_template(node.text, reader, node.place, scope_);
  if (read) return std::move(*read);
  problems_.add(node.place, read.error());
  return {};
}

std::vector<Template> TextReader::texts(const Node& node, const std::string& what) {
  std::vector<Template> all;
  if (node.kind != Node::Kind::list) {
    all.push_back(text(node, what));
    return all;
  }
  for (const auto& item : node.items) all.push_back(text(item, what));
  if (all.empty()) problems_.add(node.place, what + " is an empty list");
  return all;
}

ConditionText read_condition(const Node& node, TextReader& texts, int depth) {
  ConditionText condition;
  condition.place = node.place;
  if (node.kind == Node::Kind::scalar && node.text == "never") return condition;
  constexpr const char* known =
      "expected never, {exists: PATH}, {larger_than: {path: PATH, bytes: N}}, "
      "{command: TEXT, returns: N} or {all: [...]}";
  if (node.kind != Node::Kind::map || node.entries.empty()) {
    texts.problems().add(node.place, "a condition is " + yaml::describe(node), known);
    return condition;
  }
  if (depth > max_depth) {
    texts.problems().add(node.place, "a condition nested too deeply");
    return condition;
  }
  yaml::MapReader map(node, "a condition", texts.problems());
  const Node *exists = map.node("exists"), *larger = map.node("larger_than"),
             *command = map.node("command"), *all = map.node("all");
  if ((exists != nullptr) + (larger != nullptr) + (command != nullptr) + (all != nullptr) > 1)
    texts.problems().add(node.place, "a condition that is several at once",
                         "write {all: [{...}, {...}]}");
  int returns = 0;
  const bool has_code = map.integer("returns", 0, 255, returns);
  if (has_code && !command)
    texts.problems().add(node.place, "\"returns\" without \"command\"", known);
  if (exists) {
    condition.kind = ConditionText::Kind::exists;
    condition.paths = texts.texts(*exists, "\"exists\"");
  } else if (larger) {
    read_larger_than(*larger, texts, condition);
  } else if (command) {
    condition.kind = ConditionText::Kind::returns;
    condition.command = texts.text(*command, "\"command\"", Reader::shell);
    condition.code = returns;
  } else if (all) {
    condition.kind = ConditionText::Kind::all;
    if (all->kind != Node::Kind::list)
      texts.problems().add(all->place, "\"all\" is " + yaml::describe(*all), "expected a list");
    for (const auto& item : all->items)
      condition.parts.push_back(read_condition(item, texts, depth + 1));
  }
  return condition;
}

}  // namespace ketrew::workflow
