#include "backends/daemonize/supervisor/guardian.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <thread>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/daemonize/supervisor/publish.hpp"
#include "backends/daemonize/supervisor/recovery.hpp"
#include "backends/daemonize/supervisor/supervisor.hpp"
#include "core/base/clock.hpp"

namespace ketrew::daemonize {
namespace {

std::atomic<pid_t> the_supervisor{0};

void pass_on(int signal) {
  if (const pid_t pid = the_supervisor.load(); pid > 0) ::kill(pid, signal);
}

// The end of a child that is not the supervisor: a job that we inherited, or some grandchild of
// one.
void note_end(const Home& home, const siginfo_t& info) {
  bool noted = false;
  for (std::uint32_t i = 0; i < SlotTable::capacity; ++i) {
    Slot& slot = home.table[i];
    if (slot.pid.load() != info.si_pid || slot.step.load() != Step::running) continue;
    slot.wait_code.store(info.si_code);
    slot.wait_status.store(info.si_status);
    slot.ended_ms.store(unix_milliseconds(wall_now()));
    slot.step.store(Step::exited);
    rusage usage{};
    ::wait4(info.si_pid, nullptr, 0, &usage);
    noted = true;
    break;
  }
  if (!noted) ::waitpid(info.si_pid, nullptr, 0);
  const std::uint64_t one = 1;
  if (noted) static_cast<void>(!::write(home.news.get(), &one, sizeof one));
}

pid_t start_supervisor(Home& home) {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::signal(SIGTERM, SIG_DFL);
  ::_exit(supervise(home, parent));
}

}  // namespace

int guard(Home& home) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  struct sigaction action {};
  action.sa_handler = pass_on;
  ::sigaction(SIGTERM, &action, nullptr);
  int quick_deaths = 0;
  for (;;) {
    const Recovered found = recover(home.table, home.boot);
    std::fprintf(stderr,
                 "%s guardian %d: %u jobs run, %u of them without a parent, %u ended, %u not "
                 "started, %u from before a reboot\n",
                 to_rfc3339(wall_now()).c_str(), ::getpid(), found.running + found.foreign,
                 found.foreign, found.exited, found.taken_back, found.forgotten);
    const Mono began = MonoClock::now();
    const pid_t supervisor = start_supervisor(home);
    if (supervisor < 0) {
      std::fprintf(stderr, "guardian: fork: %s\n", std::strerror(errno));
      std::this_thread::sleep_for(std::chrono::seconds(1));
      continue;
    }
    the_supervisor.store(supervisor);
    for (bool alive = true; alive;) {
      siginfo_t info{};
      if (::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) != 0) continue;  // EINTR
      if (info.si_pid != supervisor) {
        note_end(home, info);
        continue;
      }
      the_supervisor.store(0);
      ::waitpid(supervisor, nullptr, 0);
      if (info.si_code == CLD_EXITED && info.si_status == 0) return 0;
      std::fprintf(stderr, "%s guardian: the supervisor ended (%s %d); starting another\n",
                   to_rfc3339(wall_now()).c_str(), info.si_code == CLD_EXITED ? "code" : "signal",
                   info.si_status);
      alive = false;
    }
    // One that dies at once, time and again, must not eat the machine; jobs go on meanwhile.
    quick_deaths = MonoClock::now() - began < std::chrono::seconds(1) ? quick_deaths + 1 : 0;
    if (quick_deaths > 20) std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace ketrew::daemonize
