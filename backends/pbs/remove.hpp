// kill: `qdel ID...`. PBS sends TERM, and KILL some seconds later.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "backends/pbs/dialect.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs {

std::string kill_command(std::span<const sdk::batch::AskedJob> jobs,
                         std::optional<Dialect> known);
// qdel speaks only of those that it could not delete.
std::vector<sdk::batch::Scheduler::KillAnswer> read_kill(
    const host::ShellOutput& output, std::span<const sdk::batch::AskedJob> jobs);

}  // namespace ketrew::pbs
