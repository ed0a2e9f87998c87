// What a profile's entry says to every batch backend, and what follows for each command:
//
//   - package: slurm
//     options:
//       bin: /opt/slurm/bin          # put before PATH
//       environment: {SLURM_CONF: /etc/slurm/other.conf}
//       submit_timeout: 30s          # for one submission; past it, it is in doubt
//       command_timeout: 90s         # for one question to the scheduler
//       exit_grace: 60s              # for the exit file of a job that the scheduler says has ended
//       hosts: ["ssh://me@login1/scratch/me"]   # which `ketrewd check` looks at, too
#pragma once

#include <map>
#include <string>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::sdk::batch {

struct Site {
  std::string bin;
  std::map<std::string, std::string> environment;
  Milliseconds submit_timeout{std::chrono::seconds(30)};
  Milliseconds command_timeout{std::chrono::seconds(90)};
  Milliseconds exit_grace{std::chrono::seconds(60)};
  std::vector<HostUri> hosts;
  SiteOptions rest;
};

// Errors are `invalid` and name the key.
Result<Site> site_from(const Json& options);

// Shell lines that go before a command of the scheduler: its folder, its variables, and none of the
// daemon's that would change what it does.
std::string prologue(const Site& site, const Scheduler::ForeignVariables& foreign);

}  // namespace ketrew::sdk::batch
