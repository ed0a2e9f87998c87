// JSON to the builder's events, by a JSON parser: YAML's knows neither pairs of surrogates nor long
// keys. Internal to this room.
#pragma once

#include <string_view>

#include "core/yaml/builder.hpp"

namespace ketrew::yaml {

// Begins with { or [ and is JSON, whole. Time is linear; no recursion.
bool is_json(std::string_view text);
// A text that is. Throws what the builder throws.
void read_json(std::string_view text, int file, Builder& builder);

}  // namespace ketrew::yaml
