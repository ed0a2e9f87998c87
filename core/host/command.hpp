// Runs one command of this machine to its end, with a deadline.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"

namespace ketrew::host {

struct CommandLimits {
  Milliseconds deadline{std::chrono::seconds(60)};
  std::size_t out_bytes = std::size_t{64} << 20, err_bytes = std::size_t{64} << 10;
};

struct CommandOutput {
  std::optional<int> exit_code, signal;  // neither: killed by us at the deadline
  bool timed_out = false;
  bool cut = false;  // it said more than the limits; the rest was read and dropped
  std::string out, err;
};

// An error where the command could not be started at all. Past the deadline its process group gets
// KILL. Blocks; thread-safe. What it leaves in the background does not hold us up.
Result<CommandOutput> run_command(const std::vector<std::string>& argv, std::string_view input,
                                  const CommandLimits& limits = {});

}  // namespace ketrew::host
