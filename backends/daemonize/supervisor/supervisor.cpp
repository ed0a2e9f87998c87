#include "backends/daemonize/supervisor/supervisor.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "backends/daemonize/supervisor/reaper.hpp"
#include "backends/daemonize/supervisor/server.hpp"
#include "core/base/clock.hpp"

namespace ketrew::daemonize {
namespace {

// The lock and the socket go over to the next image; everything else is opened again by it.
[[noreturn]] void become_guardian(const Home& home, const SpawnSettings& settings) {
  std::fprintf(stderr, "%s supervisor %d: the guardian is gone; taking its place\n",
               to_rfc3339(wall_now()).c_str(), ::getpid());
  if (settings.open_files) ::setrlimit(RLIMIT_NOFILE, &*settings.open_files);
  for (const int fd : {home.lock.get(), home.listening.get()}) ::fcntl(fd, F_SETFD, 0);
  const std::string lock = std::to_string(home.lock.get());
  const std::string listening = std::to_string(home.listening.get());
  const std::string idle = std::to_string(home.idle_ms);
  ::execl("/proc/self/exe", "ketrew-supervisor", home.directory.c_str(), "--idle-ms", idle.c_str(),
          "--inherit", lock.c_str(), listening.c_str(), nullptr);
  std::fprintf(stderr, "supervisor: exec: %s\n", std::strerror(errno));
  ::_exit(1);
}

}  // namespace

int supervise(Home& home, pid_t guardian) {
  // What jobs leave behind comes to us, so that it can be found when they are killed.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t handled;
  ::sigemptyset(&handled);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGXFSZ, SIGPIPE})
    ::sigaddset(&handled, signal);
  ::sigprocmask(SIG_BLOCK, &handled, nullptr);  // before any thread

  SpawnSettings settings;
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  settings.null_fd = null.get();
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    settings.open_files = files;
    files.rlim_cur = files.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &files) != 0) settings.open_files.reset();
  }
  const Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  auto pids = PidMap::make();
  if (!null || !wake || !pids) {
    std::fprintf(stderr, "supervisor: %s\n",
                 pids ? std::strerror(errno) : pids.error().what.c_str());
    return 1;
  }
  Registry registry(home.table);
  Outbox outbox(wake.get());
  Spawner spawner(home.table, registry, outbox, *pids, settings);
  Killer killer(home.table, registry, outbox);
  Reaper reaper(home.table, registry, spawner, killer, *pids);
  Leave leave;
  {
    Server server(home, registry, outbox, spawner, killer, wake.get(), guardian);
    reaper.start();
    leave = server.run();
  }
  if (leave == Leave::guardian_died) become_guardian(home, settings);
  // No destructors: the reaper may be anywhere. Everything that matters is in the slots.
  spawner.stop();
  ::_exit(0);
}

}  // namespace ketrew::daemonize
