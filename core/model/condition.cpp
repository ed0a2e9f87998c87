#include "core/model/condition.hpp"

#include "core/base/overloaded.hpp"

namespace ketrew {
namespace {

constexpr int depth_limit = 32;

Result<std::string> path_of(const Json& json) {
  auto path = bytes_from_json(json);
  if (!path) return fail(path.error(), "condition");
  if (path->empty() || (*path)[0] != '/' || path->find('\0') != std::string::npos)
    return fail(ErrorKind::invalid, "condition: a path that is not absolute", "write /PATH");
  return path;
}

Result<Condition> parse(const Json& json, int depth) {
  if (depth > depth_limit) return fail(ErrorKind::invalid, "condition: nested too deeply");
  if (json == "never") return Condition{condition::Never{}};
  if (json.is_object() && json.size() == 1 && json.contains("exists")) {
    auto path = path_of(json["exists"]);
    if (!path) return pass(path.error());
    return Condition{condition::Exists{std::move(*path)}};
  }
  if (json.is_object() && json.size() == 1 && json.contains("larger_than")) {
    const Json& inner = json["larger_than"];
    if (!inner.is_object() || inner.size() != 2 || !inner.contains("path") || !inner.contains("bytes") ||
        !inner["bytes"].is_number_unsigned())
      return fail(ErrorKind::invalid, "condition: larger_than takes {\"path\": PATH, \"bytes\": N}");
    auto path = path_of(inner["path"]);
    if (!path) return pass(path.error());
    return Condition{condition::LargerThan{std::move(*path), inner["bytes"].get<std::uint64_t>()}};
  }
  if (json.is_object() && json.contains("command")) {
    auto command = bytes_from_json(json["command"]);
    if (!command) return fail(command.error(), "condition: command");
    const Json code = json.value("returns", Json(0));
    if (!code.is_number_integer() || code < 0 || code > 255 || trim(*command).empty() ||
        json.size() > (json.contains("returns") ? 2u : 1u))
      return fail(ErrorKind::invalid, "condition: a command takes {\"command\": TEXT, \"returns\": 0..255}");
    return Condition{condition::Returns{std::move(*command), code.get<int>()}};
  }
  if (json.is_object() && json.size() == 1 && json.contains("all") && json["all"].is_array()) {
    condition::All all;
    for (const Json& part : json["all"]) {
      auto parsed = parse(part, depth + 1);
      if (!parsed) return parsed;
      all.parts.push_back(std::move(*parsed));
    }
    return Condition{std::move(all)};
  }
  return fail(ErrorKind::invalid, "not a condition",
              "known: exists, larger_than, command with returns, all, \"never\"");
}

}  // namespace

bool condition::All::operator==(const All& other) const { return parts == other.parts; }

Json to_json(const Condition& condition) {
  return std::visit(
      overloaded{[](const condition::Exists& c) { return Json{{"exists", bytes_to_json(c.path)}}; },
                 [](const condition::LargerThan& c) {
                   return Json{{"larger_than", {{"path", bytes_to_json(c.path)}, {"bytes", c.bytes}}}};
                 },
                 [](const condition::Returns& c) {
                   return Json{{"command", bytes_to_json(c.command)}, {"returns", c.code}};
                 },
                 [](const condition::Never&) { return Json("never"); },
                 [](const condition::All& c) {
                   Json parts = Json::array();
                   for (const auto& part : c.parts) parts.push_back(to_json(part));
                   return Json{{"all", std::move(parts)}};
                 }},
      condition.test);
}

Result<Condition> condition_from_json(const Json& json) { return parse(json, 0); }

}  // namespace ketrew
