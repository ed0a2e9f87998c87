#include "core/protocol/check.hpp"

#include "core/protocol/fields.hpp"

namespace ketrew::protocol {
namespace {

std::optional<CheckLevel> parse_level(std::string_view text) {
  for (const CheckLevel level : {CheckLevel::ok, CheckLevel::warning, CheckLevel::error})
    if (text == to_string(level)) return level;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(CheckLevel level) {
  switch (level) {
    case CheckLevel::ok: return "ok";
    case CheckLevel::warning: return "warning";
    case CheckLevel::error: return "error";
  }
  return "error";
}

std::string checks_to_text(const std::vector<CheckEntry>& checks) {
  std::string out = R"({"checks":[)";
  for (const CheckEntry& check : checks) {
    if (out.back() != '[') out += ',';
    append_text(out, R"({"name":)", check.name);
    append_text(out, R"(,"level":)", to_string(check.level));
    append_text(out, R"(,"message":)", check.message);
    out += '}';
  }
  return out + "]}";
}

Result<std::vector<CheckEntry>> checks_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  const auto parts = fields->list("checks");
  if (!parts) return pass(parts.error());
  std::vector<CheckEntry> checks;
  for (const std::string_view part : *parts) {
    const auto entry = Fields::of(part);
    if (!entry) return pass(entry.error());
    auto name = entry->text("name");
    if (!name) return pass(name.error());
    const auto level = parse_level(entry->text_or_empty("level"));
    if (!level) return fail(ErrorKind::invalid, "\"level\" is not ok, warning or error");
    checks.push_back({std::move(*name), *level, entry->text_or_empty("message")});
  }
  return checks;
}

std::string changed_to_text(std::span<const std::string> tokens) {
  std::string out = R"({"ids":[)";
  for (const std::string& token : tokens) {
    if (out.back() != '[') out += ',';
    append_json_string(out, token);
  }
  return out + "]}";
}

Result<std::vector<std::string>> changed_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  const auto parts = fields->list("ids");
  if (!parts) return pass(parts.error());
  std::vector<std::string> tokens;
  for (const std::string_view part : *parts) {
    auto token = scan_string(part);
    if (!token) return fail(ErrorKind::invalid, "an id that is no text");
    tokens.push_back(std::move(*token));
  }
  return tokens;
}

}  // namespace ketrew::protocol
