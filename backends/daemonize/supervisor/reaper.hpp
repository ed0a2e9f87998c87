// The thread that waits for children.
#pragma once

#include <atomic>
#include <thread>

#include "backends/daemonize/supervisor/killer.hpp"
#include "backends/daemonize/supervisor/registry.hpp"
#include "backends/daemonize/supervisor/spawner.hpp"

namespace ketrew::daemonize {

// It is never joined: it may sit in waitid for as long as a job runs, and the process ends without
// it.
class Reaper {
 public:
  Reaper(SlotTable& table, Registry& registry, Spawner& spawner, Killer& killer,
         const PidMap& pids);
  void start() {
    std::thread([this] { run(); }).detach();
  }

 private:
  [[noreturn]] void run();
  void note_end(pid_t pid, int code, int status);

  SlotTable& table_;
  Registry& registry_;
  Spawner& spawner_;
  Killer& killer_;
  const PidMap& pids_;
};

}  // namespace ketrew::daemonize
