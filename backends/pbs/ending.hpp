// How a job ended, by its block of `qstat -f`.
#pragma once

#include <optional>

#include "backends/pbs/dialect.hpp"
#include "backends/pbs/listing.hpp"
#include "backends/sdk/batch/scheduler.hpp"
#include "core/base/clock.hpp"

namespace ketrew::pbs {

std::optional<Wall> started_at(const Block& block, Dialect dialect);

// For a block in a state of the end: sets the row's `observation` and `never_ran`.
//
// Exit_status (OpenPBS; Torque's exit_status alike):
//   0 to 255    the script's; a signal to the program is the shell's 128 + n
//   256 + n     the script itself was ended by signal n: qdel, a limit
//   below 0     states.hpp
//   not there   deleted before it ran, by force, or because of another job: never a success
void take_ending(const Block& block, Dialect dialect, sdk::batch::Row& row);

}  // namespace ketrew::pbs
