#include "app/ketrew/answer.hpp"

namespace ketrew::client {
namespace {

const Json* find(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

std::string bytes_at(const Json& object, const char* key) {
  const Json* found = find(object, key);
  return found ? bytes_from_json(*found).value_or("") : "";
}

std::string text_at(const Json& object, const char* key) {
  const Json* found = find(object, key);
  return found && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::int64_t> integer_at(const Json& object, const char* key) {
  const Json* found = find(object, key);
  if (!found || !found->is_number_integer()) return {};
  return found->get<std::int64_t>();
}

std::optional<Wall> time_at(const Json& object, const char* key) {
  return parse_rfc3339(text_at(object, key));
}

bool true_at(const Json& object, const char* key) {
  const Json* found = find(object, key);
  return found && found->is_boolean() && found->get<bool>();
}

const Json& list_at(const Json& object, const char* key) {
  static const Json none = Json::array();
  const Json* found = find(object, key);
  return found && found->is_array() ? *found : none;
}

const Json& object_at(const Json& object, const char* key) {
  static const Json none = Json::object();
  const Json* found = find(object, key);
  return found && found->is_object() ? *found : none;
}

}  // namespace ketrew::client
