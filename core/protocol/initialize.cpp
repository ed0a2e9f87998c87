#include "core/protocol/initialize.hpp"

#include "core/protocol/fields.hpp"
#include "core/protocol/message.hpp"

namespace ketrew::protocol {
namespace {

Result<> check_version(const Fields& fields) {
  const auto given = fields.integer("protocol", 0, 0, INT32_MAX);
  if (!given) return pass(given.error());
  if (*given != version)
    return fail(ErrorKind::invalid, "it speaks version " + std::to_string(*given) +
                                        " of the protocol, not " + std::to_string(version));
  return {};
}

Result<Capabilities> capabilities_from(const Fields& fields) {
  Capabilities capabilities;
  const auto events = fields.find("events").value_or("false");
  if (events != "true" && events != "false")
    return fail(ErrorKind::invalid, "\"events\" is neither true nor false");
  capabilities.events = events == "true";
  const auto inventory = fields.find("inventory").value_or("false");
  if (inventory != "true" && inventory != "false")
    return fail(ErrorKind::invalid, "\"inventory\" is neither true nor false");
  capabilities.inventory = inventory == "true";
  const auto lag = fields.integer("visibility_lag_ms", 5000, 0, 86'400'000);
  if (!lag) return pass(lag.error());
  capabilities.visibility_lag = Milliseconds(*lag);
  const auto batch = fields.integer("batch", 10000, 1, 1'000'000);
  if (!batch) return pass(batch.error());
  capabilities.batch = static_cast<std::uint32_t>(*batch);
  return capabilities;
}

}  // namespace

std::string to_text(const InitializeParams& params) {
  std::string out = R"({"protocol":)" + std::to_string(version);
  append_text(out, R"(,"name":)", params.name);
  out += R"(,"options":)" + params.options.text;
  append_text(out, R"(,"home":)", params.home);
  return out + '}';
}

Result<InitializeParams> initialize_params_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  if (auto right = check_version(*fields); !right) return pass(right.error());
  auto name = fields->text("name");
  if (!name) return pass(name.error());
  auto options = fields->object("options", true);
  if (!options) return pass(options.error());
  auto home = fields->text("home");
  if (!home) return pass(home.error());
  return InitializeParams{std::move(*name), std::move(*options), std::move(*home)};
}

Json to_json(const Capabilities& capabilities) {
  return Json{{"events", capabilities.events},
              {"visibility_lag_ms", capabilities.visibility_lag.count()},
              {"batch", capabilities.batch},
              {"inventory", capabilities.inventory}};
}

std::string to_text(const InitializeResult& result) {
  std::string out = R"({"protocol":)" + std::to_string(version);
  append_text(out, R"(,"name":)", result.name);
  append_text(out, R"(,"version":)", result.version);
  out += R"(,"capabilities":)" + to_json(result.capabilities).dump();
  out += R"(,"options_schema":)" + result.options_schema.text;
  if (!result.far_options_schema.text.empty())
    out += R"(,"far_options_schema":)" + result.far_options_schema.text;
  return out + '}';
}

Result<InitializeResult> initialize_result_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  if (auto right = check_version(*fields); !right) return pass(right.error());
  InitializeResult result;
  auto name = fields->text("name");
  if (!name) return pass(name.error());
  result.name = std::move(*name);
  result.version = fields->text_or_empty("version");
  const auto capabilities = fields->object("capabilities", true);
  if (!capabilities) return pass(capabilities.error());
  const auto inner = Fields::of(capabilities->text);
  if (!inner) return pass(inner.error());
  auto known = capabilities_from(*inner);
  if (!known) return pass(known.error());
  result.capabilities = *known;
  auto schema = fields->object("options_schema", false);
  if (!schema) return pass(schema.error());
  result.options_schema = std::move(*schema);
  if (fields->find("far_options_schema")) {
    auto far = fields->object("far_options_schema", false);
    if (!far) return pass(far.error());
    result.far_options_schema = std::move(*far);
  }
  return result;
}

}  // namespace ketrew::protocol
