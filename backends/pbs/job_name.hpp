// The name of a job in PBS: what the user called it, and the attempt's token, by which it is found
// again. qsub(1B): no blanks, no '/', no '(', at most 230 bytes, and older ones want a letter first.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ketrew::pbs {

// "align-01kb5w1k2z8nqz2j4w6q0r7t3v-1"; without a wish "ketrew-01kb...". Whatever PBS may not take
// becomes '_'.
std::string job_name(const std::optional<std::string>& wish, std::string_view token);
// The token that a name ends with; empty: none.
std::string_view token_of(std::string_view name);

}  // namespace ketrew::pbs
