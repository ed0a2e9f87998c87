#include "core/protocol/inventory.hpp"

#include "core/protocol/fields.hpp"

namespace ketrew::protocol {
namespace {

Result<Inventory> read_inventory(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  if (fields->has("cannot_tell")) return CannotTell{fields->text_or_empty("cannot_tell")};
  const auto list = fields->find("tokens");
  if (!list) return fail(ErrorKind::invalid, "neither \"tokens\" nor \"cannot_tell\"");
  const auto parts = scan_checked_array(*list);
  if (!parts) return fail(ErrorKind::invalid, "\"tokens\" is not a list");
  Held held;
  for (const std::string_view part : *parts)
    if (auto token = scan_string(part); token && is_token(*token))
      held.tokens.push_back(std::move(*token));
  return held;
}

}  // namespace

std::string to_text(const InventoryParams& params) {
  std::string out;
  append_text(out, R"({"host":)", params.host);
  return out + '}';
}

Result<InventoryParams> inventory_params_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  auto host = fields->text("host");
  if (!host) return pass(host.error());
  return InventoryParams{std::move(*host)};
}

std::string inventory_to_text(const Inventory& inventory) {
  std::string out;
  if (const auto* cannot = std::get_if<CannotTell>(&inventory)) {
    append_text(out, R"({"cannot_tell":)", cannot->why);
    return out + '}';
  }
  out = R"({"tokens":[)";
  for (const auto& token : std::get<Held>(inventory).tokens) {
    if (out.back() != '[') out += ',';
    append_json_string(out, token);
  }
  return out + "]}";
}

Inventory inventory_from(std::string_view text) {
  auto inventory = read_inventory(text);
  if (!inventory) return CannotTell{"the backend's answer cannot be read: " + inventory.error().text()};
  return std::move(*inventory);
}

}  // namespace ketrew::protocol
