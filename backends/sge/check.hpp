// Whether Grid Engine can be worked with on a host, and what is missing.
#pragma once

#include <string>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::sge {

std::string check_text();
// `environment`: the parallel environment that jobs with several `cpus` are given.
std::vector<sdk::CheckEntry> read_check(const sdk::batch::ShellOutput& output,
                                        const std::string& environment);

}  // namespace ketrew::sge
