// Reading the daemon's answers: what is absent, null or of another type counts as empty, so that an
// older or newer daemon makes a poorer display and no crash.
#pragma once

#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/text.hpp"

namespace ketrew::client {

// A string, or bytes as {"base64": ...}: byte for byte.
std::string bytes_at(const Json& object, const char* key);
std::string text_at(const Json& object, const char* key);
std::optional<std::int64_t> integer_at(const Json& object, const char* key);
std::optional<Wall> time_at(const Json& object, const char* key);
bool true_at(const Json& object, const char* key);
// An empty list or object where there is none.
const Json& list_at(const Json& object, const char* key);
const Json& object_at(const Json& object, const char* key);

}  // namespace ketrew::client
