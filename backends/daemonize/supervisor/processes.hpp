// Which processes belong to a job, those that left its session included.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/base/error.hpp"

namespace ketrew::daemonize {

struct JobProcesses {
  std::string token;          // in the environment as KETREW_TOKEN
  pid_t session = 0;          // that of the job's first process
  std::uint64_t started = 0;  // its start time; 0: not known
};

struct Member {
  std::size_t job = 0;  // index into what was asked for
  pid_t pid = 0, group = 0;
  std::uint64_t started = 0;
};

// One pass over /proc for any number of jobs. A process belongs to a job when it is in its session,
// or has its token in the environment, or descends from one that does. Zombies are left out.
Result<std::vector<Member>> members_of(std::span<const JobProcesses> jobs);

// Sends `signal` to that very process, never to another that got its pid: true if it was sent.
bool signal_process(pid_t pid, std::uint64_t started, int signal);

}  // namespace ketrew::daemonize
