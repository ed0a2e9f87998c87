#include "app/ketrew/options.hpp"

#include <set>

namespace ketrew::client {
namespace {

std::set<std::string> types_of(const Json& schema, const std::string& key) {
  std::set<std::string> types;
  if (!schema.is_object() || !schema.contains("properties") || !schema["properties"].is_object() ||
      !schema["properties"].contains(key) || !schema["properties"][key].is_object())
    return types;
  const Json type = schema["properties"][key].value("type", Json());
  if (type.is_string()) types.insert(type.get<std::string>());
  if (type.is_array())
    for (const auto& each : type)
      if (each.is_string()) types.insert(each.get<std::string>());
  return types;
}

bool fits(const Json& value, const std::set<std::string>& types) {
  return (value.is_number_integer() && (types.count("integer") || types.count("number"))) ||
         (value.is_number() && types.count("number")) ||
         (value.is_boolean() && types.count("boolean")) ||
         (value.is_array() && types.count("array")) ||
         (value.is_object() && types.count("object")) ||
         (value.is_null() && types.count("null") && !types.count("string"));
}

}  // namespace

Json convert_options(const std::vector<std::pair<std::string, std::string>>& given,
                     const Json& schema) {
  Json options = Json::object();
  for (const auto& [key, text] : given) {
    const auto types = types_of(schema, key);
    Json value = Json::parse(text, nullptr, false);
    const Json as_text = bytes_to_json(text);
    const bool typed = !value.is_discarded() && fits(value, types);
    if (types.count("array") && !(typed && value.is_array()) && !types.count("string")) {
      Json& list = options[key];
      if (!list.is_array()) list = Json::array();
      list.push_back(as_text);
    } else {
      options[key] = typed ? value : as_text;
    }
  }
  return options;
}

}  // namespace ketrew::client
