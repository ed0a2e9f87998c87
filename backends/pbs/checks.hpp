// check: whether the commands are there, of which kind, whether the server answers, and how long it
// remembers jobs that have ended.
#pragma once

#include <optional>
#include <vector>

#include "backends/pbs/dialect.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs {

std::string check_command(std::optional<Dialect> known);
std::vector<sdk::CheckEntry> read_check(const host::ShellOutput& output);

}  // namespace ketrew::pbs
