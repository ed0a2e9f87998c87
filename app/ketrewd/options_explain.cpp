#include "app/ketrewd/options_explain.hpp"

namespace ketrew::daemon {
namespace {

std::string show(const Json& value) {
  return one_line(value.dump(-1, ' ', false, Json::error_handler_t::replace), 80);
}

std::string type_of(const Json& value) {
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return "number";
  if (value.is_string()) return "string";
  if (value.is_boolean()) return "boolean";
  if (value.is_array()) return "array";
  if (value.is_object()) return "object";
  return "null";
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "number") return value.is_number();
  if (type == "integer" && value.is_number_float())
    return value.get<double>() == static_cast<double>(static_cast<long long>(value.get<double>()));
  return type_of(value) == type;
}

std::vector<std::string> types_of(const Json& schema) {
  const auto type = schema.find("type");
  if (type == schema.end()) return {};
  if (type->is_string()) return {type->get<std::string>()};
  std::vector<std::string> types;
  if (type->is_array())
    for (const auto& one : *type)
      if (one.is_string()) types.push_back(one.get<std::string>());
  return types;
}

std::optional<double> number(const Json& schema, const char* key) {
  const auto at = schema.find(key);
  if (at == schema.end() || !at->is_number()) return std::nullopt;
  return at->get<double>();
}

// "is 0, at least 1 is needed"; nothing where nothing is found wrong.
std::optional<std::string> fault(const Json& schema, const Json& value) {
  if (!schema.is_object()) return std::nullopt;
  const auto types = types_of(schema);
  if (!types.empty() && std::none_of(types.begin(), types.end(),
                                     [&](const auto& type) { return has_type(value, type); }))
    return "is " + show(value) + " (" + type_of(value) + "), expected: " + join(types, " or ");
  if (const auto allowed = schema.find("enum");
      allowed != schema.end() && allowed->is_array() &&
      std::find(allowed->begin(), allowed->end(), value) == allowed->end()) {
    std::vector<std::string> words;
    for (const auto& one : *allowed) words.push_back(show(one));
    return "is " + show(value) + ", expected one of " + join(words, ", ");
  }
  if (const auto only = schema.find("const"); only != schema.end() && *only != value)
    return "is " + show(value) + ", expected " + show(*only);
  if (value.is_number()) {
    const double given = value.get<double>();
    if (const auto least = number(schema, "minimum"); least && given < *least)
      return "is " + show(value) + ", expected at least " + show(schema["minimum"]);
    if (const auto most = number(schema, "maximum"); most && given > *most)
      return "is " + show(value) + ", expected at most " + show(schema["maximum"]);
    if (const auto bound = number(schema, "exclusiveMinimum"); bound && given <= *bound)
      return "is " + show(value) + ", expected more than " + show(schema["exclusiveMinimum"]);
    if (const auto bound = number(schema, "exclusiveMaximum"); bound && given >= *bound)
      return "is " + show(value) + ", expected less than " + show(schema["exclusiveMaximum"]);
  }
  if (value.is_array()) {
    const auto items = schema.find("items");
    for (std::size_t i = 0; items != schema.end() && i < value.size(); ++i)
      if (const auto wrong = fault(*items, value[i]))
        return "has at place " + std::to_string(i + 1) + " a value that " + *wrong;
  }
  if (value.is_string()) {
    if (const auto least = number(schema, "minLength");
        least && static_cast<double>(value.get_ref<const std::string&>().size()) < *least)
      return *least == 1 ? "is empty"
                         : "is shorter than " + show(schema["minLength"]) + " characters";
    if (const auto pattern = schema.find("pattern"); pattern != schema.end())
      return "is " + show(value) + ", expected a text like " + show(*pattern);
  }
  return std::nullopt;
}

}  // namespace

std::optional<OptionFault> explain_options(const std::string& backend, const Json& schema,
                                     const Json& options) {
  const std::string of = "of backend " + backend;
  if (!options.is_object())
    return OptionFault{{ErrorKind::invalid,
                        "options " + of + " are a " + type_of(options) +
                            ", expected an object of names and values",
                        ""},
                       ""};
  static const Json none = Json::object();
  const auto found = schema.find("properties");
  const Json& properties = found != schema.end() && found->is_object() ? *found : none;
  std::vector<std::string> names;
  for (const auto& [name, ignored] : properties.items()) names.push_back(name);

  const auto additional = schema.find("additionalProperties");
  const bool closed = additional != schema.end() && *additional == false;
  for (const auto& [name, value] : options.items()) {
    const auto property = properties.find(name);
    if (property == properties.end()) {
      if (!closed) continue;
      const std::string near = nearest(name, names);
      std::string hint =
          near.empty() ? "it has: " + join(names, ", ") : "did you mean " + near + "?";
      if (names.empty()) hint = "it has no options";
      return OptionFault{{ErrorKind::invalid, "no option '" + one_line(name, 80) + "' " + of, hint}, name};
    }
    if (const auto wrong = fault(*property, value)) {
      const auto text = property->find("description");
      return OptionFault{{ErrorKind::invalid, "option '" + name + "' " + of + " " + *wrong,
                          text != property->end() && text->is_string()
                              ? name + ": " + one_line(text->get<std::string>(), 200)
                              : ""},
                         name};
    }
  }
  if (const auto required = schema.find("required"); required != schema.end())
    for (const auto& name : *required)
      if (name.is_string() && !options.contains(name.get<std::string>()))
        return OptionFault{{ErrorKind::invalid,
                            "option '" + name.get<std::string>() + "' " + of + " is missing",
                            "give it: -o " + name.get<std::string>() + "=VALUE"},
                           ""};
  return std::nullopt;
}

}  // namespace ketrew::daemon
