// The options of a job: their schema, and the words for qsub's command line.
#pragma once

#include <string>
#include <vector>

#include "backends/pbs/dialect.hpp"
#include "backends/sdk/options.hpp"

namespace ketrew::pbs {

struct JobOptions {
  sdk::PortableOptions portable;
  std::optional<std::string> shell;  // absolute path
  std::string email;                 // addresses, by commas
  std::string email_events;          // of -m
  std::optional<bool> rerun;
};

sdk::OptionsSchema job_options_schema();
// `invalid`, naming the option, for what the schema or qsub would refuse, and for raw options that
// would undo what the backend rests on (the name, the output, one job for one submission).
Result<JobOptions> job_options(const Json& options);

// All but the script, in the dialect's words. `name`: of job_name.hpp.
std::vector<std::string> qsub_words(const JobOptions& options, const std::string& name,
                                    Dialect dialect);

}  // namespace ketrew::pbs
