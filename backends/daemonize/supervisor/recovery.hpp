// What the guardian does when there is no supervisor: every slot is brought to a step from which a
// new supervisor can go on.
#pragma once

#include <string>

#include "backends/daemonize/supervisor/slot_table.hpp"

namespace ketrew::daemonize {

struct Recovered {
  std::uint32_t running = 0;     // go on, children of the calling process
  std::uint32_t foreign = 0;     // go on (or are over), children of nobody we know
  std::uint32_t exited = 0;      // ended, their files are still to be written
  std::uint32_t taken_back = 0;  // never started: the token is free again
  std::uint32_t forgotten = 0;   // from before a reboot
};

// To be called with the lock of the home held, by the process that inherits the dead supervisor's
// children. Steps afterwards: free, running or exited. A job from another boot has no process any
// more: its slot is freed, its playground is left as it is.
Recovered recover(SlotTable& table, const std::string& boot);

}  // namespace ketrew::daemonize
