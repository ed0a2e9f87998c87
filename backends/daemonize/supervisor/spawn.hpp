// One child from what was prepared: vfork, which costs no copy of our memory, and in which the
// child can note its own pid in the slot before it becomes the job.
#pragma once

#include <optional>

#include <signal.h>
#include <sys/resource.h>

#include "backends/daemonize/supervisor/prepare.hpp"
#include "backends/daemonize/supervisor/slot_table.hpp"

namespace ketrew::daemonize {

// pid → slot number + 1, one cell for each pid there can be; written by the child itself, so that
// whoever reaps it knows it at once. Shared memory: also right where vfork is a real fork.
class PidMap {
 public:
  static Result<PidMap> make();
  std::atomic<std::uint32_t>& operator[](pid_t pid) const { return cells_.get()[pid]; }
  pid_t limit() const { return limit_; }

 private:
  struct Unmap {
    std::size_t size;
    void operator()(std::atomic<std::uint32_t>* cells) const;
  };
  PidMap() : cells_(nullptr, Unmap{0}) {}
  std::unique_ptr<std::atomic<std::uint32_t>, Unmap> cells_;
  pid_t limit_ = 0;
};

struct SpawnSettings {
  int null_fd = -1;                  // /dev/null, the job's stdin
  std::optional<rlimit> open_files;  // to be given back to the job
};

struct Spawned {
  int error = 0;  // errno of the failed vfork: no child was made and the step is `claimed` again
  wire::Process process;
};

// The step goes from `claimed` to `spawning` to `running`; once it is `running`
// the slot is not touched any more (the reaper waits for that before it goes on). A program that
// cannot be executed is a child that ends with 127 (126: no permission, or no such directory) and
// says so in `err`.
Spawned spawn(Prepared& prepared, Slot& slot, const PidMap& pids, const SpawnSettings& settings);

}  // namespace ketrew::daemonize
