// The process above the supervisor. It inherits the supervisor's children if that dies (it is their
// "subreaper"), notes how they end, and starts another supervisor. It does nothing else, so that
// there is little in it that can go wrong.
#pragma once

#include <string>

#include "backends/daemonize/supervisor/slot_table.hpp"
#include "core/base/file.hpp"

namespace ketrew::daemonize {

// What both processes of a home share; the descriptors are inherited.
struct Home {
  std::string directory;  // <home>/supervisor, absolute
  std::string boot;
  SlotTable table;
  Fd lock;       // flock: held as long as one of the two lives
  Fd listening;  // the socket: whoever connects while there is no supervisor waits for the next
  Fd news;       // eventfd: the guardian noted an end
  int idle_ms = 60000;  // without jobs and connections both leave after this
};

// Does not return before both leave; the process's exit code.
int guard(Home& home);

}  // namespace ketrew::daemonize
