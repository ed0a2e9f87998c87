// Where the supervisor's program is.
#pragma once

#include <string>

#include "core/base/error.hpp"

namespace ketrew::daemonize {

// `configured` if it is not empty; else beside the module or program that this code is part of, in
// the layout of a build and of an installation. The error names the places that were looked at.
Result<std::string> supervisor_program(const std::string& configured);

}  // namespace ketrew::daemonize
