#include "backends/daemonize/supervisor/reaper.hpp"

#include <cerrno>

#include <sys/resource.h>
#include <sys/wait.h>

#include "core/base/clock.hpp"

namespace ketrew::daemonize {

Reaper::Reaper(SlotTable& table, Registry& registry, Spawner& spawner, Killer& killer,
               const PidMap& pids)
    : table_(table), registry_(registry), spawner_(spawner), killer_(killer), pids_(pids) {}

void Reaper::run() {
  for (;;) {
    const std::uint32_t made = spawner_.made().load();
    siginfo_t info{};
    // Only looked at: the kernel keeps the status until it is noted in the slot.
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) != 0) {
      if (errno == ECHILD) spawner_.made().wait(made);
      continue;
    }
    note_end(info.si_pid, info.si_code, info.si_status);
  }
}

void Reaper::note_end(pid_t pid, int code, int status) {
  const std::uint32_t cell = pid < pids_.limit() ? pids_[pid].exchange(0) : 0;
  if (cell == 0) {  // the grandchild of a job, left to us
    ::waitpid(pid, nullptr, 0);
    return;
  }
  Slot& slot = table_[cell - 1];
  slot.wait_code.store(code);
  slot.wait_status.store(status);
  slot.ended_ms.store(unix_milliseconds(wall_now()));
  if (slot.step.load() == Step::spawning) spawner_.wait_for_current();
  {
    const std::lock_guard lock(registry_.mutex());
    slot.step.store(Step::exited);
    rusage usage{};
    ::wait4(pid, nullptr, 0, &usage);
    slot.max_rss_bytes.store(static_cast<std::uint64_t>(usage.ru_maxrss) * 1024);
    const auto ms = [](const timeval& time) {
      return static_cast<std::uint64_t>(time.tv_sec) * 1000 +
             static_cast<std::uint64_t>(time.tv_usec) / 1000;
    };
    slot.cpu_ms.store(ms(usage.ru_utime) + ms(usage.ru_stime));
  }
  killer_.over(cell - 1);
}

}  // namespace ketrew::daemonize
