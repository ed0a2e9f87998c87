// Whether Slurm can be worked with on a host, and what is missing.
#pragma once

#include <string>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::slurm {

std::string check_command();
std::vector<sdk::CheckEntry> read_check(const sdk::batch::ShellOutput& output);

}  // namespace ketrew::slurm
