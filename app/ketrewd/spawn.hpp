// Starts a program with pipes on its stdin, stdout and stderr, in a session of its own: no signal
// for the daemon's terminal or process group reaches it.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "core/base/file.hpp"

namespace ketrew::daemon {

struct Spawned {
  pid_t pid = -1;
  Fd process;  // a pidfd: readable once the process is over
  Fd in;       // our ends; non-blocking
  Fd out;
  Fd err;
};

// argv[0] is looked up in PATH. The child has no other descriptor, no blocked and no ignored
// signal. SIGPIPE is ignored in this process from the first call on. Errors: not_found or denied
// where the program cannot be executed; others are faults of the moment (unavailable, internal).
Result<Spawned> spawn(const std::vector<std::string>& argv);

// As many descriptors as may be had, up to 65536: connections, pipes. Programs that are spawned
// from then on still get the limit that this process was started with. Call it once, at the start.
void raise_descriptor_limit();

// "exited with code 3", "was killed by signal 11 (Segmentation fault)"; `status` as of waitpid.
std::string describe_exit(int status);

}  // namespace ketrew::daemon
