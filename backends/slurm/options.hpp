// Options of a job, and what they are on sbatch's command line.
#pragma once

#include <string>
#include <vector>

#include "backends/sdk/options.hpp"

namespace ketrew::slurm {

sdk::OptionsSchema job_options_schema();

// The words for sbatch that the options say, raw ones last. Errors are `invalid` and name the key.
Result<std::vector<std::string>> sbatch_words(const Json& options, const std::string& job_name);

}  // namespace ketrew::slurm
