// How a backend's state is written down: {"version": N, "state": {...}}, N as the backend's
// `state_version` was. A state written by a later version is an error, never a guess.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/text.hpp"

namespace ketrew::sdk {

void append_state(std::string& out, int version, const Json& state);

// The state of today's version. `migrate` takes one of an earlier version a step or more forward
// and is called at most once; it may throw.
Result<Json> read_state(std::string_view text, int version,
                        const std::function<Result<Json>(int, Json)>& migrate);

}  // namespace ketrew::sdk
