// update: the question about many jobs, to the queue and to the history, and its answer.
#pragma once

#include <optional>
#include <span>

#include "backends/pbs/dialect.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs {

// The dialect that the jobs' states agree on (they are of one host): by the answer to their start,
// or by a row. None: to be asked.
std::optional<Dialect> dialect_of(std::span<const sdk::batch::AskedJob> jobs);

// The queue: `qstat -f -w ID...` without -x, which with the history switched off answers nothing
// even for running jobs; `qstat -f -1 ID...` of Torque and of Slurm's wrapper.
std::string queue_command(std::span<const sdk::batch::AskedJob> jobs,
                          std::optional<Dialect> known);
// The history: `qstat -x -f -w ID...` of OpenPBS; the others have none, and say so.
std::string history_command(std::span<const sdk::batch::AskedJob> jobs,
                            std::optional<Dialect> known);

// Healthy where each job that was asked for is accounted for: by a block, or by the words with
// which its qstat says of that very id that it does not know it, or that it has finished. Slurm's
// wrapper leaves unknown ids out; its exit code says whether it looked.
sdk::batch::Answer read_poll(const host::ShellOutput& output,
                             std::span<const sdk::batch::AskedJob> jobs);

}  // namespace ketrew::pbs
