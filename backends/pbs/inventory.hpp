// All unfinished jobs of the user: two commands, whatever their number.
#pragma once

#include "backends/pbs/dialect.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs {

std::string inventory_command(std::optional<Dialect> known);
sdk::batch::Answer read_inventory(const host::ShellOutput& output);

}  // namespace ketrew::pbs
