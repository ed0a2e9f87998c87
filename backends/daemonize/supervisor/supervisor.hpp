// The process that is the parent of all local jobs of a home.
#pragma once

#include <sys/types.h>

#include "backends/daemonize/supervisor/guardian.hpp"

namespace ketrew::daemonize {

// Serves until it is told to leave, or is idle: 0. Where `guardian` dies it becomes the guardian
// itself (another image of the program in the same process, so that its children stay its own).
int supervise(Home& home, pid_t guardian);

}  // namespace ketrew::daemonize
