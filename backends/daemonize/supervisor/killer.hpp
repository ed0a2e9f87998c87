// The thread that sees killed jobs to their end: TERM to what left the group, after the grace KILL
// to all that is left, until nothing is. It also writes the exit files that could not be written
// (full disk).
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "backends/daemonize/supervisor/registry.hpp"
#include "core/base/clock.hpp"

namespace ketrew::daemonize {

class Killer {
 public:
  Killer(SlotTable& table, Registry& registry, Outbox& outbox);
  ~Killer();

  // The kill of a job was noted in its slot. `group_told`: its group has had the TERM.
  void watch(std::uint32_t index, bool group_told);
  // The slot's step is `exited` now: writes its files and tells everybody, at once or, where a kill
  // was asked for, when none of its processes is left.
  void over(std::uint32_t index);
  void stop();

 private:
  struct Victim {
    std::string token;
    pid_t pid = 0;
    std::uint64_t started = 0;
    std::int64_t kill_at_ms = 0;  // CLOCK_BOOTTIME
    bool group_told = false, told = false, over = false;
    int rounds = 0;  // of KILL
  };

  void run();
  // One pass over the machine's processes for all victims; the time of the next.
  std::int64_t pass_over_victims();
  // Files, news, and the slot is free. False: the files could not be written, try again later.
  void finish(std::uint32_t index);
  bool write_end(std::uint32_t index);
  Victim& victim_locked(std::uint32_t index);

  SlotTable& table_;
  Registry& registry_;
  Outbox& outbox_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint32_t, Victim> victims_;
  std::vector<std::uint32_t> unwritten_;
  bool news_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace ketrew::daemonize
