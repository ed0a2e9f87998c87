// find: looks for jobs by the names that carry their tokens.
#pragma once

#include <optional>
#include <span>

#include "backends/pbs/dialect.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs {

// OpenPBS: `qselect -x -N NAME` for each, queue and history in one (without -x where the history is
// off). Torque: `qselect -N NAME`. Slurm's wrapper has no such command: `qstat -f`, all of it.
std::string find_command(std::span<const sdk::FindRequest> requests,
                         std::optional<Dialect> known, int seconds);
sdk::batch::Answer read_find(const host::ShellOutput& output,
                             std::span<const sdk::FindRequest> requests);

}  // namespace ketrew::pbs
