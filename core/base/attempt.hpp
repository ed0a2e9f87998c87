// The token of an attempt, read back: what is found out there is held against the jobs by it.
#pragma once

#include "core/base/id.hpp"

namespace ketrew {

struct Attempt {
  JobId job;
  std::uint32_t number = 0;
};

// Nothing for a text that `attempt_token` cannot have made.
std::optional<Attempt> parse_attempt_token(std::string_view text);

}  // namespace ketrew
