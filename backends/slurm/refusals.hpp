// What sbatch says when it has not taken a job.
#pragma once

#include <optional>
#include <string_view>

#include "backends/sdk/requests.hpp"

namespace ketrew::slurm {

// Only words that prove that nothing was taken; nothing for all others.
std::optional<sdk::Refused> read_refusal(std::string_view err, int exit_code);

}  // namespace ketrew::slurm
