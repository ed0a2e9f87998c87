// The shell texts that ask Slurm. Another cluster than the default one is chosen for all of them alike,
// by an entry of its own in the profile with `environment: {SLURM_CLUSTERS: name}`.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::slurm {

using sdk::batch::AskedJob;

inline constexpr std::string_view comment_prefix = "ketrew:";  // before the token
// The line behind each command's output; its exit code follows. Without it an answer was cut.
inline constexpr std::string_view end_mark = "ketrew-end ";

std::string sbatch_command(const std::vector<std::string>& words, const std::string& token,
                           const std::string& playground);
// Full width, times as seconds since 1970, a heading; all states; jobs of the user alone.
std::string squeue_command(std::span<const AskedJob> jobs);
std::string sacct_command(std::span<const AskedJob> jobs);
std::string find_command();
std::string inventory_command();
std::string scancel_command(std::span<const AskedJob> jobs);

}  // namespace ketrew::slurm
