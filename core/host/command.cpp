#include "core/host/command.hpp"

#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.hpp"

extern char** environ;

namespace ketrew::host {
namespace {

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return fail_errno("pipe", errno);
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

// A write to a command that does not read must not end us by SIGPIPE, nor may a library change that
// signal for the whole process: it is blocked in this thread and taken off it afterwards.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~NoBrokenPipe() {
    const timespec now{};
    while (::sigtimedwait(&set_, nullptr, &now) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;
  const sigset_t& before() const { return before_; }

 private:
  sigset_t set_, before_;
};

Result<pid_t> spawn(const std::vector<std::string>& argv, const Pipe& in, const Pipe& out,
                    const Pipe& err) {
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, in.read.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.write.get(), STDERR_FILENO);
  sigset_t none, ordinary;
  ::sigemptyset(&none);
  ::sigemptyset(&ordinary);
  ::sigaddset(&ordinary, SIGPIPE);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &ordinary);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, words[0], &actions, &attributes, words.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail_errno("run " + argv[0], error);
  return pid;
}

// False at the end of the stream.
bool take(const Fd& fd, std::string& into, std::size_t limit, bool& cut) {
  char buffer[65536];
  for (;;) {
    const ssize_t size = ::read(fd.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN;
    if (size == 0) return false;
    const std::size_t kept = std::min(static_cast<std::size_t>(size), limit - into.size());
    into.append(buffer, kept);
    cut = cut || kept < static_cast<std::size_t>(size);
  }
}

}  // namespace

Result<CommandOutput> run_command(const std::vector<std::string>& argv, std::string_view input,
                                  const CommandLimits& limits) {
  if (argv.empty()) return fail(ErrorKind::invalid, "an empty command");
  auto in = make_pipe(), out = make_pipe(), err = make_pipe();
  if (!in) return pass(in.error());
  if (!out) return pass(out.error());
  if (!err) return pass(err.error());
  const NoBrokenPipe guard;
  const auto pid = spawn(argv, *in, *out, *err);
  if (!pid) return pass(pid.error());
  in->read.reset();
  out->write.reset();
  err->write.reset();
  for (const int fd : {in->write.get(), out->read.get(), err->read.get()})
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));

  CommandOutput output;
  const Mono end = MonoClock::now() + limits.deadline;
  bool over = !process;  // without a handle: until both streams end
  if (input.empty()) in->write.reset();
  for (;;) {
    const auto left = (end - MonoClock::now()).count();
    if (left <= 0) {
      output.timed_out = true;
      ::kill(-*pid, SIGKILL);
      break;
    }
    pollfd fds[4] = {{in->write ? in->write.get() : -1, POLLOUT, 0},
                     {out->read ? out->read.get() : -1, POLLIN, 0},
                     {err->read ? err->read.get() : -1, POLLIN, 0},
                     {process ? process.get() : -1, POLLIN, 0}};
    if (::poll(fds, 4, static_cast<int>(std::min<std::int64_t>(left, 60000))) < 0 && errno != EINTR)
      break;
    if (fds[0].revents) {
      const ssize_t size = ::write(in->write.get(), input.data(), input.size());
      if (size > 0) input.remove_prefix(static_cast<std::size_t>(size));
      if (input.empty() || (size < 0 && errno != EAGAIN && errno != EINTR)) in->write.reset();
    }
    if (fds[1].revents && !take(out->read, output.out, limits.out_bytes, output.cut))
      out->read.reset();
    if (fds[2].revents && !take(err->read, output.err, limits.err_bytes, output.cut))
      err->read.reset();
    if (fds[3].revents) over = true;
    if (over && (process || (!out->read && !err->read))) {
      // It ended: what it wrote is in the pipes; whoever else holds them is not waited for.
      if (out->read) take(out->read, output.out, limits.out_bytes, output.cut);
      if (err->read) take(err->read, output.err, limits.err_bytes, output.cut);
      break;
    }
  }
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!output.timed_out && WIFEXITED(status)) output.exit_code = WEXITSTATUS(status);
  if (!output.timed_out && WIFSIGNALED(status)) output.signal = WTERMSIG(status);
  return output;
}

}  // namespace ketrew::host
