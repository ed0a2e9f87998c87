#include "app/ketrewd/spawn.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ketrew::daemon {
namespace {

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe", errno);
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

void make_non_blocking(const Fd& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

void ignore_broken_pipes() {
  static const bool once = [] {
    struct sigaction action {};
    if (::sigaction(SIGPIPE, nullptr, &action) == 0 && action.sa_handler == SIG_DFL)
      ::signal(SIGPIPE, SIG_IGN);
    return true;
  }();
  (void)once;
}

// posix_spawn's two argument objects, freed whatever happens.
struct SpawnArguments {
  SpawnArguments() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  }
  ~SpawnArguments() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnArguments(const SpawnArguments&) = delete;
  SpawnArguments& operator=(const SpawnArguments&) = delete;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

std::optional<rlimit> inherited_limit;  // before it was raised

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (inherited_limit || ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  rlimit raised = limit;
  raised.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  if (raised.rlim_cur > limit.rlim_cur && ::setrlimit(RLIMIT_NOFILE, &raised) == 0)
    inherited_limit = limit;
}

Result<Spawned> spawn(const std::vector<std::string>& argv) {
  if (argv.empty() || argv[0].empty()) return fail(ErrorKind::invalid, "no program to execute");
  ignore_broken_pipes();
  auto in = make_pipe();
  auto out = make_pipe();
  auto err = make_pipe();
  for (const auto* pipe : {&in, &out, &err})
    if (!*pipe) return pass(pipe->error());

  SpawnArguments arguments;
  // Descriptors 0 to 2 are open in a daemon, so that none of the pipes is one of them.
  ::posix_spawn_file_actions_adddup2(&arguments.actions, in->read.get(), 0);
  ::posix_spawn_file_actions_adddup2(&arguments.actions, out->write.get(), 1);
  ::posix_spawn_file_actions_adddup2(&arguments.actions, err->write.get(), 2);
  ::posix_spawn_file_actions_addclosefrom_np(&arguments.actions, 3);

  std::vector<char*> pointers;
  for (const auto& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, pointers[0], &arguments.actions, &arguments.attributes,
                                   pointers.data(), environ);
  if (error != 0) return fail_errno("execute " + argv[0], error);

  Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) {
    const int reason = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return fail_errno("watch the process of " + argv[0] + " (pidfd_open)", reason);
  }
  // Before it is told anything, so before it starts jobs: they are to find the limit of their user.
  if (inherited_limit) ::prlimit(pid, RLIMIT_NOFILE, &*inherited_limit, nullptr);
  ::fcntl(process.get(), F_SETFD, FD_CLOEXEC);
  // Fewer turns for big messages; where it is not granted, the usual size does.
  ::fcntl(in->write.get(), F_SETPIPE_SZ, 1 << 18);
  ::fcntl(out->read.get(), F_SETPIPE_SZ, 1 << 18);
  Spawned spawned;
  spawned.pid = pid;
  spawned.process = std::move(process);
  spawned.in = std::move(in->write);
  spawned.out = std::move(out->read);
  spawned.err = std::move(err->read);
  for (const auto* fd : {&spawned.in, &spawned.out, &spawned.err}) make_non_blocking(*fd);
  return spawned;
}

std::string describe_exit(int status) {
  if (WIFEXITED(status)) return "exited with code " + std::to_string(WEXITSTATUS(status));
  if (!WIFSIGNALED(status)) return "ended";
  const int signal = WTERMSIG(status);
  const char* name = ::sigdescr_np(signal);
  return "was killed by signal " + std::to_string(signal) +
         (name ? " (" + std::string(name) + ")" : "");
}

}  // namespace ketrew::daemon
