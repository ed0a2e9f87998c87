// The options of a job: those of all backends, and those of YARN with the names that the original
// Ketrew gave them. Where both say the same thing, YARN's own counts.
#pragma once

#include <string>
#include <vector>

#include "backends/sdk/options.hpp"
#include "backends/yarn/application.hpp"

namespace ketrew::yarn {

struct JobOptions {
  Mode mode = Mode::shell;
  std::string hadoop_bin, jar;     // empty: the site's
  std::string name;                // cleaned, without the token; empty: the job's
  std::string queue;               // empty: the cluster's default
  std::int64_t memory_mib = 512;   // of the container
  std::int64_t vcores = 1;
  std::int64_t timeout_seconds = 0;  // from its submission on; 0: none
  std::vector<std::string> raw_options;
};

sdk::OptionsSchema options_schema();
// Errors are `invalid` and name the option.
Result<JobOptions> job_options(const Json& options);

// The characters that are a file's name and a shell's word everywhere: the distributed shell makes a
// folder of the name, and a command line.
std::string clean_name(std::string_view text);
// The name of the application of an attempt. It ends in the token, by which it is found again: the
// client of the distributed shell takes tags only since Hadoop 3.3.
std::string application_name(const JobOptions& options, const std::string& token);
bool is_of(const Application& application, const std::string& token);

}  // namespace ketrew::yarn
