#include "backends/daemonize/supervisor/spawn.hpp"

#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/host/process_identity.hpp"

namespace ketrew::daemonize {
namespace {

std::uint64_t boot_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000000000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

void say(const char* text) { static_cast<void>(!::write(STDERR_FILENO, text, std::strlen(text))); }

[[noreturn]] void give_up(Slot& slot, const char* doing, const char* what, int code) {
  const int error = errno;
  slot.start_error.store(error);
  say("ketrew: ");
  say(doing);
  say(what);
  say(": ");
  say(::strerrordesc_np(error) ? ::strerrordesc_np(error) : "error");
  say("\n");
  ::_exit(code);
}

// Runs in the child, in the parent's memory: system calls and stores only, nothing allocated.
[[noreturn]] void become(Prepared& prepared, Slot& slot, const PidMap& pids,
                         const SpawnSettings& settings) {
  const auto pid = static_cast<pid_t>(::syscall(SYS_getpid));
  slot.pid.store(pid);
  if (pid < pids.limit()) pids[pid].store(prepared.slot + 1);
  slot.born_ns.store(boot_ns());
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  slot.started_ms.store(static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000);

  ::setsid();
  ::dup2(settings.null_fd, STDIN_FILENO);
  ::dup2(prepared.out.get(), STDOUT_FILENO);
  ::dup2(prepared.err.get(), STDERR_FILENO);
  if (settings.open_files) ::setrlimit(RLIMIT_NOFILE, &*settings.open_files);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int moved = prepared.directory.empty() ? ::fchdir(prepared.playground.get())
                                               : ::chdir(prepared.directory.c_str());
  if (moved != 0) give_up(slot, "cannot change to ", prepared.directory.c_str(), 126);

  bool denied = false;
  for (const auto& program : prepared.programs) {
    // An execve that finds nothing costs several times what a look does.
    if (::access(program.c_str(), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) continue;
    ::execve(program.c_str(), prepared.argv.data(), prepared.environment.data());
    if (errno == ENOEXEC) {
      prepared.shell_argv[1] = const_cast<char*>(program.c_str());
      ::execve("/bin/sh", prepared.shell_argv.data(), prepared.environment.data());
    }
    if (errno == EACCES) denied = true;
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) break;
  }
  if (denied && (errno == ENOENT || errno == ENOTDIR)) errno = EACCES;
  const bool missing = errno == ENOENT || errno == ENOTDIR;
  give_up(slot, "cannot execute ", prepared.argv[0] ? prepared.argv[0] : "nothing",
          missing ? 127 : 126);
}

// Field 22 of /proc/PID/stat is the time of the fork in ticks. Where our clock shows the same tick
// before the fork and in the child, that is it, and the file need not be read. Whether the two
// clocks agree here (a time namespace, an unusual kernel) is tried with the first child.
std::uint64_t start_ticks(std::uint64_t before, std::uint64_t after, pid_t pid) {
  static const std::uint64_t tick_ns =
      1000000000u / static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
  static std::atomic<int> agree{-1};
  const std::uint64_t tick = before / tick_ns;
  const bool same = tick == after / tick_ns;
  if (same && agree.load() == 1) return tick;
  const auto stat = host::read_process_stat(pid);
  if (!stat) return same ? tick : 0;
  if (same && agree.load() == -1) agree.store(stat->started == tick ? 1 : 0);
  return stat->started;
}

}  // namespace

void PidMap::Unmap::operator()(std::atomic<std::uint32_t>* cells) const { ::munmap(cells, size); }

Result<PidMap> PidMap::make() {
  PidMap map;
  map.limit_ = 4194304;  // the most that Linux has
  if (const auto text = read_file("/proc/sys/kernel/pid_max", 64)) {
    pid_t value = 0;
    std::from_chars(text->data(), text->data() + text->size(), value);
    if (value > 0 && value < map.limit_) map.limit_ = value;
  }
  ++map.limit_;
  const std::size_t size = static_cast<std::size_t>(map.limit_) * sizeof(std::uint32_t);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("map the table of pids", errno);
  map.cells_ = {static_cast<std::atomic<std::uint32_t>*>(memory), Unmap{size}};
  return map;
}

Spawned spawn(Prepared& prepared, Slot& slot, const PidMap& pids, const SpawnSettings& settings) {
  Spawned spawned;
  slot.pid.store(0);
  slot.step.store(Step::spawning);
  const std::uint64_t before = boot_ns();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const pid_t pid = ::vfork();
#pragma GCC diagnostic pop
  if (pid == 0) become(prepared, slot, pids, settings);
  if (pid < 0) {
    spawned.error = errno;
    slot.step.store(Step::claimed);
    return spawned;
  }
  spawned.process.pid = pid;
  spawned.process.start_ticks = start_ticks(before, slot.born_ns.load(), pid);
  slot.start_ticks.store(spawned.process.start_ticks);
  slot.step.store(Step::running);  // the reaper waits for this: see Reaper
  return spawned;
}

}  // namespace ketrew::daemonize
