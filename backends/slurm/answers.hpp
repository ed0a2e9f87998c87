// What Slurm's commands said, read: rows first, exit codes second. Formats as recorded from 22.05
// and as squeue(1) and sacct(1) of later versions describe them.
#pragma once

#include <span>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::slurm {

using sdk::batch::Answer;
using sdk::batch::AskedJob;
using sdk::batch::ShellOutput;
using sdk::batch::SubmitAnswer;

SubmitAnswer read_sbatch(const ShellOutput& output);
Answer read_squeue(const ShellOutput& output);
Answer read_sacct(const ShellOutput& output);
Answer read_find(const ShellOutput& output);
std::vector<sdk::batch::Scheduler::KillAnswer> read_scancel(const ShellOutput& output,
                                                            std::span<const AskedJob> jobs);

}  // namespace ketrew::slurm
