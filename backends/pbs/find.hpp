// find: looks for jobs by the names that carry their tokens.
#pragma once

#include <optional>
#include <span>

#include "backends/pbs/dialect.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs {

// OpenPBS: of one or two, `qselect -x -N NAME` for each, queue and history in one (without -x where
// the history is off); of more, all jobs of the user, in two commands: `qselect -x -u`, and `qstat -x -f`
// for their names. Torque: the same without -x. Slurm's wrapper has no qselect: `qstat -f`, all of it.
std::string find_command(std::span<const sdk::FindRequest> requests,
                         std::optional<Dialect> known);
sdk::batch::Answer read_find(const host::ShellOutput& output,
                             std::span<const sdk::FindRequest> requests);

}  // namespace ketrew::pbs
