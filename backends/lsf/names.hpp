// The name of a job in LSF (`-J`): its attempt's token, then what the user calls it, "TOKEN.align".
// The token is what `find` looks for; `bjobs` without -w shows the end of a long name, which is the
// user's. OpenLava takes fewer than 60 bytes, and reads "[...]" as an array.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ketrew::lsf {

std::string lsf_name(std::string_view token, const std::optional<std::string>& job_name);
// Whether a name is that of the attempt.
bool is_name_of(std::string_view name, std::string_view token);

// An id as LSF prints it, "102"; empty where `text` is anything else.
std::string lsf_id(std::string_view text);

}  // namespace ketrew::lsf
