#include "backends/sdk/options.hpp"

#include <charconv>
#include <cmath>

namespace ketrew::sdk {
namespace {

constexpr std::int64_t most_seconds = 315'360'000;  // ten years

Json duration_schema() {
  return Json{{"type", Json::array({"string", "integer"})},
              {"pattern", "^[0-9]+(ms|s|m|h|d)?([0-9]+(ms|s|m|h|d))*$"},
              {"minimum", 0},
              {"maximum", most_seconds}};
}

struct PortableEntry {
  Portable which;
  const char* name;
  const char* description;
  Json schema;
};

const std::vector<PortableEntry>& portable_entries() {
  static const std::vector<PortableEntry> entries = {
      {Portable::queue, "queue", "the queue or partition to wait in", {{"type", "string"}}},
      {Portable::account, "account", "the account that pays", {{"type", "string"}}},
      {Portable::cpus,
       "cpus",
       "processors on one machine",
       {{"type", "integer"}, {"minimum", 1}, {"maximum", 1'000'000}}},
      {Portable::memory,
       "memory",
       "memory in all, as 512M or 4G (powers of 1024) or in bytes",
       {{"type", Json::array({"string", "integer"})},
        {"pattern", "^[0-9]+(\\.[0-9]+)?([KMGTP](i?B)?|B)?$"},
        {"minimum", 1}}},
      {Portable::wall_time, "wall_time", "the longest it may run, as 90s or 1h30m or in seconds",
       duration_schema()},
      {Portable::gpus,
       "gpus",
       "graphics processors",
       {{"type", "integer"}, {"minimum", 0}, {"maximum", 1'000'000}}},
      {Portable::job_name, "job_name", "its name in the scheduler", {{"type", "string"}}},
      {Portable::raw_options,
       "raw_options",
       "words for the scheduler's command line, as they are",
       {{"type", "array"}, {"items", {{"type", "string"}}}}},
  };
  return entries;
}

tl::unexpected<Error> wrong(const std::string& key, const char* right) {
  return fail(ErrorKind::invalid, "option \"" + key + "\" is wrong", right);
}

// Nothing where it is absent or null.
const Json* given(const Json& options, const std::string& key) {
  const auto at = options.find(key);
  return at == options.end() || at->is_null() ? nullptr : &*at;
}

Result<> read_text(const Json& options, const char* key, std::optional<std::string>& out) {
  if (const Json* value = given(options, key)) {
    if (!value->is_string()) return wrong(key, "it is a text");
    out = value->get<std::string>();
  }
  return {};
}

Result<> read_count(const Json& options, const char* key, std::int64_t least,
                    std::optional<std::int64_t>& out) {
  if (const Json* value = given(options, key)) {
    if (!value->is_number_integer() || *value < least || *value > 1'000'000)
      return wrong(key, "it is a whole number");
    out = value->get<std::int64_t>();
  }
  return {};
}

}  // namespace

OptionsSchema& OptionsSchema::portable(std::initializer_list<Portable> which,
                                       const std::string& remark) {
  for (const PortableEntry& entry : portable_entries())
    if (which.size() == 0 || std::find(which.begin(), which.end(), entry.which) != which.end())
      property(entry.name, entry.description + remark, entry.schema);
  return *this;
}

OptionsSchema& OptionsSchema::property(const std::string& name, const std::string& description,
                                       Json schema) {
  schema["description"] = description;
  properties_[name] = std::move(schema);
  return *this;
}

OptionsSchema& OptionsSchema::text(const std::string& name, const std::string& description,
                                   std::optional<std::string> otherwise) {
  Json schema{{"type", "string"}};
  if (otherwise) schema["default"] = *otherwise;
  return property(name, description, std::move(schema));
}

OptionsSchema& OptionsSchema::choice(const std::string& name, const std::string& description,
                                     std::span<const std::string> words,
                                     std::optional<std::string> otherwise) {
  Json schema{{"type", "string"}, {"enum", Json(std::vector(words.begin(), words.end()))}};
  if (otherwise) schema["default"] = *otherwise;
  return property(name, description, std::move(schema));
}

OptionsSchema& OptionsSchema::integer(const std::string& name, const std::string& description,
                                      std::int64_t least, std::int64_t most,
                                      std::optional<std::int64_t> otherwise) {
  Json schema{{"type", "integer"}, {"minimum", least}, {"maximum", most}};
  if (otherwise) schema["default"] = *otherwise;
  return property(name, description, std::move(schema));
}

OptionsSchema& OptionsSchema::boolean(const std::string& name, const std::string& description,
                                      std::optional<bool> otherwise) {
  Json schema{{"type", "boolean"}};
  if (otherwise) schema["default"] = *otherwise;
  return property(name, description, std::move(schema));
}

OptionsSchema& OptionsSchema::duration(const std::string& name, const std::string& description,
                                       std::optional<std::string> otherwise) {
  Json schema = duration_schema();
  if (otherwise) schema["default"] = *otherwise;
  return property(name, description, std::move(schema));
}

OptionsSchema& OptionsSchema::texts(const std::string& name, const std::string& description) {
  return property(name, description, {{"type", "array"}, {"items", {{"type", "string"}}}});
}

OptionsSchema& OptionsSchema::require(const std::string& name) {
  required_.push_back(name);
  return *this;
}

Json OptionsSchema::json() const {
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"type", "object"},
              {"additionalProperties", false},
              {"properties", properties_}};
  if (!required_.empty()) schema["required"] = required_;
  return schema;
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || number < 0) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  double factor = 1;
  if (!unit.empty() && unit != "B") {
    const std::size_t power = std::string_view("KMGTP").find(unit.front());
    if (power == std::string_view::npos) return std::nullopt;
    unit.remove_prefix(1);
    if (!unit.empty() && unit != "B" && unit != "iB") return std::nullopt;
    factor = std::ldexp(1.0, 10 * (static_cast<int>(power) + 1));
  }
  const double bytes = std::ceil(number * factor);
  if (!(bytes >= 0 && bytes < 9.0e18)) return std::nullopt;
  return static_cast<std::int64_t>(bytes);
}

Result<std::optional<Milliseconds>> duration_option(const Json& options, const std::string& name) {
  const Json* value = given(options, name);
  if (!value) return std::nullopt;
  if (value->is_number_integer() && *value >= 0 && *value <= most_seconds)
    return std::chrono::seconds(value->get<std::int64_t>());
  std::optional<Milliseconds> parsed;
  if (value->is_string()) parsed = parse_duration(value->get_ref<const std::string&>());
  if (!parsed) return wrong(name, "it is a time as 90s or 1h30m, or seconds");
  return parsed;
}

Result<PortableOptions> portable_options(const Json& options) {
  if (!options.is_object()) return fail(ErrorKind::invalid, "the options are not an object");
  PortableOptions out;
  if (auto r = read_text(options, "queue", out.queue); !r) return pass(r.error());
  if (auto r = read_text(options, "account", out.account); !r) return pass(r.error());
  if (auto r = read_text(options, "job_name", out.job_name); !r) return pass(r.error());
  if (auto r = read_count(options, "cpus", 1, out.cpus); !r) return pass(r.error());
  if (auto r = read_count(options, "gpus", 0, out.gpus); !r) return pass(r.error());
  if (const Json* memory = given(options, "memory")) {
    if (memory->is_number_integer() && *memory > 0)
      out.memory = memory->get<std::int64_t>();
    else if (memory->is_string())
      out.memory = parse_bytes(memory->get_ref<const std::string&>());
    if (!out.memory || *out.memory <= 0) return wrong("memory", "it is as 512M, 4G or bytes");
  }
  auto wall_time = duration_option(options, "wall_time");
  if (!wall_time) return pass(wall_time.error());
  out.wall_time = *wall_time;
  if (const Json* words = given(options, "raw_options")) {
    if (!words->is_array()) return wrong("raw_options", "it is a list of texts");
    for (const Json& word : *words) {
      if (!word.is_string()) return wrong("raw_options", "it is a list of texts");
      out.raw_options.push_back(word.get<std::string>());
    }
  }
  return out;
}

}  // namespace ketrew::sdk
