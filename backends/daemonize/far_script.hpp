// The shell texts for detached jobs: one text does a thing for any number of jobs of a host. Pure;
// far_answer.hpp reads what they print.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "backends/daemonize/job_state.hpp"
#include "core/host/process_identity.hpp"

namespace ketrew::daemonize {

struct FarStart {
  std::string token;
  std::string script;                    // its content
  std::vector<std::string> call_script;  // empty: bash, or sh where there is none
  Using mode = Using::nohup_setsid;
  bool over_tombstone = false;  // a `find` had proven it absent: it may start after all
};

struct FarJob {
  std::string token;
  host::ProcessIdentity process;  // as known; what the claim says goes before it
};

// Prints for each "job TOKEN launched PID", "existing", "tombstone" or "failed WORDS".
std::string far_start_text(const std::string& root, std::span<const FarStart> starts);

// "job TOKEN here", "absent" or "unknown". Absence is made sure of: the token is claimed by a
// tombstone, so that a start which is still on its way runs nothing.
std::string far_find_text(const std::string& root, std::span<const std::string> tokens);

// "boot ID", then for each job "job TOKEN" and what was found of it, a line each.
std::string far_look_text(const std::string& root, std::span<const FarJob> jobs);

// "job TOKEN sent", "over" or "unknown"; what follows the TERM is done over there, by a process of
// its own that waits for the grace, sends KILL, sees that all are gone and writes `exit`.
std::string far_kill_text(const std::string& root, std::span<const FarJob> jobs, int grace_seconds);

}  // namespace ketrew::daemonize
