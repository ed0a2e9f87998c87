// The name of a job in Grid Engine (`-N`): what the user calls it, then the token of its attempt,
// "align.TOKEN": qstat shows the first ten bytes of a name. The token is what `find` looks for.
#pragma once

#include <string>
#include <string_view>

#include "core/base/text.hpp"

namespace ketrew::sge {

// Without `job_name` among the options "ketrew.TOKEN". A name takes no blanks, no / : @ \ * ? and
// the like, and does not begin with a digit.
std::string sge_name(std::string_view token, const Json& options);
bool is_name_of(std::string_view name, std::string_view token);

// An id as qsub prints it, "26"; empty where `text` is anything else.
std::string sge_id(std::string_view text);

}  // namespace ketrew::sge
