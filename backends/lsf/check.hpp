// Whether LSF can be worked with on a host, and what is missing.
#pragma once

#include <string>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::lsf {

std::string check_text();
std::vector<sdk::CheckEntry> read_check(const sdk::batch::ShellOutput& output);

}  // namespace ketrew::lsf
