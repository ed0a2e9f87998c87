// What the command `yarn application` prints. Pure; formats as recorded of Hadoop 3.3
// (tests/transcripts/yarn).
#pragma once

#include <string_view>
#include <vector>

#include "backends/yarn/application.hpp"

namespace ketrew::yarn {

// `-list`: `unavailable` without the line "Total number of applications (...):N" and the titles of
// the columns, or where there are not N rows below them.
Result<std::vector<Application>> read_list(std::string_view out);

// `-status ID`: not_found with the words "Application with id '...' doesn't exist in RM". A report
// without its end is `unavailable`.
Result<Application> read_status(std::string_view out);

enum class KillSaid { nothing, killing, over, unknown };
// What `-kill` says of one of its applications.
KillSaid read_kill_words(std::string_view out, std::string_view id);

}  // namespace ketrew::yarn
