// Recorded commands: "$ COMMAND", stdout, stderr and exit code, as they were.
#pragma once

#include <string>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::slurm {

struct Recorded {
  std::string file, command;
  sdk::batch::ShellOutput output;
};
// Of all files, or of one. At least one, or the test has no sense: throws.
std::vector<Recorded> transcripts(const std::string& only = "");

}  // namespace ketrew::slurm
