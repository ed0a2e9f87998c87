// The JSON of a request's body. Stricter than the format: what could not be kept as it was written
// is refused. Pure.
#pragma once

#include <string_view>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace ketrew::daemon {

// Levels of a body. Whoever handles the values later (backends, the database's readers, scripts)
// may call itself once a level.
inline constexpr std::size_t deepest_request = 64;

// `invalid`, in one line: text that is no JSON, more levels than that, a key that is twice in one
// object, a number that 64 bits do not hold.
Result<Json> parse_request_json(std::string_view text);

}  // namespace ketrew::daemon
