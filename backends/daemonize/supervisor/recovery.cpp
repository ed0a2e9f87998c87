#include "backends/daemonize/supervisor/recovery.hpp"

#include <cerrno>
#include <charconv>
#include <thread>

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/daemonize/supervisor/prepare.hpp"
#include "backends/daemonize/supervisor/publish.hpp"
#include "core/base/clock.hpp"
#include "core/base/file.hpp"
#include "core/host/exit_record.hpp"
#include "core/host/process_identity.hpp"

namespace ketrew::daemonize {
namespace {

// A child that was forked and has neither noted its pid nor become its job looks like its parent:
// the same command line. Whether there is one besides us.
bool unborn_child_exists() {
  const auto own = read_file("/proc/self/cmdline", 65536);
  DIR* proc = own ? ::opendir("/proc") : nullptr;
  if (!proc) return false;
  bool found = false;
  while (const dirent* entry = ::readdir(proc)) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size() || pid == ::getpid()) continue;
    const auto other = read_file("/proc/" + std::string(name) + "/cmdline", 65536);
    if (!other || *other != *own) continue;
    const auto stat = host::read_process_stat(pid);
    if (stat && stat->state != 'Z' && stat->state != 'X') found = true;
  }
  ::closedir(proc);
  return found;
}

void take_back(const SlotTable& table, std::uint32_t index) {
  Slot& slot = table[index];
  const std::string playground = table.playground(slot);
  const auto content = read_file(playground + "/claim", 4096);
  // Ours, or cut between its creation and its first byte, which only a crash of ours can do.
  const auto claim = content ? host::parse_claim(*content)
                             : tl::unexpected<Error>(Error{ErrorKind::not_found, {}, {}});
  const bool ours = slot.step.load() != Step::intent || (content && content->empty()) ||
                    (claim && claim->mark == claim_mark(slot, index));
  if (ours) unprepare(playground);
  slot.step.store(Step::free);
}

}  // namespace

Recovered recover(SlotTable& table, const std::string& boot) {
  Recovered result;
  const bool rebooted = table.boot() != boot;
  bool unborn = !rebooted;  // until looked at
  for (std::uint32_t i = 0; i < SlotTable::capacity; ++i) {
    Slot& slot = table[i];
    const Step step = slot.step.load();
    if (step == Step::free) continue;
    if (rebooted) {
      slot.step.store(Step::free);
      ++result.forgotten;
      continue;
    }
    if (step == Step::exited) {
      ++result.exited;
      continue;
    }
    if (step == Step::spawning)  // its first act is to note its pid: microseconds
      for (int round = 0; round < 2000 && slot.pid.load() == 0 && unborn; ++round) {
        unborn = unborn_child_exists();
        if (unborn) std::this_thread::sleep_for(Milliseconds(2));
      }
    const pid_t pid = slot.pid.load();
    if (step == Step::intent || step == Step::claimed || pid == 0) {
      take_back(table, i);
      ++result.taken_back;
      continue;
    }
    siginfo_t info{};
    const bool own =
        ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    if (slot.start_ticks.load() == 0)
      if (const auto stat = host::read_process_stat(pid)) slot.start_ticks.store(stat->started);
    if (!own) slot.flags.fetch_or(flag_foreign);
    ++(own ? result.running : result.foreign);
    slot.step.store(Step::running);
  }
  table.set_boot(boot);
  return result;
}

}  // namespace ketrew::daemonize
