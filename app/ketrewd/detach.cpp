#include "app/ketrewd/detach.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ketrew::daemon {
namespace {

constexpr int exit_internal = 5;

StartOutcome wait_for_report(const Fd& pipe, const std::string& output_file,
                             std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::string report;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd ready{pipe.get(), POLLIN, 0};
    const int n = left.count() > 0 ? ::poll(&ready, 1, static_cast<int>(left.count())) : 0;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      return {1, "the daemon is not ready yet, and goes on starting; see " + output_file +
                     " and 'ketrewd status'"};
    char buffer[4096];
    const ssize_t size = ::read(pipe.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    report.append(buffer, static_cast<std::size_t>(size));
  }
  if (report.empty())
    return {exit_internal, "the daemon died while it was starting; see " + output_file};
  return {static_cast<unsigned char>(report[0]), report.substr(1)};
}

// In the daemon: nothing of the terminal, the directory or the descriptors of the command.
Result<> leave_everything(const std::string& output_file, int keep) {
  ::umask(077);
  if (::chdir("/") != 0) return fail_errno("change to /", errno);
  Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing) return fail_errno("open /dev/null", errno);
  Fd output(::open(output_file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!output) return fail_errno("open " + output_file, errno);
  if (::dup2(nothing.get(), 0) < 0 || ::dup2(output.get(), 1) < 0 || ::dup2(output.get(), 2) < 0)
    return fail_errno("redirect stdin, stdout and stderr", errno);
  nothing.reset();
  output.reset();
  const auto kept = static_cast<unsigned>(keep);
  if (kept > 3) ::close_range(3, kept - 1, 0);
  ::close_range(kept + 1, ~0u, 0);
  return {};
}

}  // namespace

void StartReport::tell(int exit_code, std::string_view text) {
  if (!fd_) return;
  std::string report(1, static_cast<char>(exit_code));
  report += text;
  (void)write_all(fd_.get(), report);  // the command may have been interrupted
  fd_.reset();
}

Result<Detached> detach(const std::string& output_file, std::chrono::milliseconds patience) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe", errno);
  Fd read_end(ends[0]), write_end(ends[1]);
  const pid_t first = ::fork();
  if (first < 0) return fail_errno("fork", errno);
  if (first > 0) {
    write_end.reset();
    int status = 0;
    while (::waitpid(first, &status, 0) < 0 && errno == EINTR) {
    }
    Detached command;
    command.outcome = wait_for_report(read_end, output_file, patience);
    return command;
  }
  // In between: its session is the daemon's, which is not its leader and so can never get a
  // terminal.
  ::signal(SIGPIPE, SIG_IGN);
  StartReport report(std::move(write_end));
  const int keep = ends[1];
  read_end.reset();
  ::setsid();
  const pid_t second = ::fork();
  if (second < 0) report.tell(1, std::string("fork: ") + std::strerror(errno));
  if (second != 0) ::_exit(0);
  if (const auto left = leave_everything(output_file, keep); !left) {
    report.tell(1, left.error().text());
    ::_exit(1);
  }
  Detached daemon;
  daemon.report = std::move(report);
  return daemon;
}

}  // namespace ketrew::daemon
