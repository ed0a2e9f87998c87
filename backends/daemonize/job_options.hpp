// The options of a job: their schema and their values.
#pragma once

#include <string>
#include <vector>

#include "backends/daemonize/job_state.hpp"
#include "backends/sdk/options.hpp"
#include "core/base/clock.hpp"
#include "core/model/host_uri.hpp"

namespace ketrew::daemonize {

struct JobOptions {
  Using mode = Using::supervisor;
  Milliseconds starting_timeout{std::chrono::seconds(60)};
  Milliseconds kill_grace{std::chrono::seconds(5)};
  std::vector<std::string> call_script;  // empty: /bin/sh, or bash where the host has it
  bool no_log_is_ok = false;
};

sdk::OptionsSchema job_options_schema();
sdk::OptionsSchema far_job_options_schema();  // of jobs on other hosts
// `invalid` for what the schema would refuse, and for `using: supervisor` on another host.
Result<JobOptions> job_options(const Json& options, const HostUri& host);

}  // namespace ketrew::daemonize
