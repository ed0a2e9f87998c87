#include "app/ketrewd/detach.hpp"

#include <csignal>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/ketrewd/daemon_log.hpp"
#include "app/ketrewd/daemon_signals.hpp"
#include "core/base/text.hpp"
#include "tests/support/wait_until.hpp"
#include "tests/unit/ketrewd/temporary_directory.hpp"

namespace ketrew::daemon {
namespace {

using std::chrono::milliseconds;

// Detaches in a child of the test, which then leaves with what the command was told. The daemon
// runs `work` and ends.
template <class Work>
StartOutcome detached(const std::string& output, milliseconds patience, Work work) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    auto detached = detach(output, patience);
    if (!detached) ::_exit(99);
    if (detached->outcome) {
      (void)write_all(write_end.get(), detached->outcome->text);
      ::_exit(detached->outcome->exit_code);
    }
    write_end.release();  // closed by detach, as everything
    work(detached->report);
    ::_exit(0);
  }
  write_end.reset();
  StartOutcome outcome;
  char buffer[4096];
  for (ssize_t n; (n = ::read(read_end.get(), buffer, sizeof buffer)) > 0;)
    outcome.text.append(buffer, static_cast<std::size_t>(n));
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

TEST(Detach, TheCommandSaysWhatTheDaemonTold) {
  TemporaryDirectory directory;
  const auto good = detached(directory / "out", milliseconds(120'000), [](StartReport& report) {
    report.tell(0, "pid " + std::to_string(::getpid()) + "\nsocket /x\n");
  });
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_TRUE(good.text.starts_with("pid "));
  EXPECT_TRUE(good.text.ends_with("socket /x\n"));
  const auto bad = detached(directory / "out", milliseconds(120'000),
                            [](StartReport& report) { report.tell(1, "no such plugin"); });
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_EQ(bad.text, "no such plugin");
}

TEST(Detach, ADaemonThatDiesOrDawdlesIsReported) {
  TemporaryDirectory directory;
  const auto died = detached(directory / "out", milliseconds(120'000), [](StartReport&) {
    ::signal(SIGABRT, SIG_DFL);
    ::raise(SIGKILL);
  });
  EXPECT_EQ(died.exit_code, 5);
  EXPECT_NE(died.text.find("died"), std::string::npos);
  const std::string gate = directory / "gate";
  ASSERT_EQ(::mkfifo(gate.c_str(), 0600), 0);
  const auto slow = detached(directory / "out", milliseconds(50), [&](StartReport& report) {
    const Fd wait(::open(gate.c_str(), O_RDONLY));  // until the test opens the other end
    report.tell(0, "too late");
  });
  EXPECT_EQ(slow.exit_code, 1);
  EXPECT_NE(slow.text.find("not ready yet"), std::string::npos);
  const Fd open(::open(gate.c_str(), O_WRONLY));
}

TEST(Detach, TheDaemonIsOnItsOwn) {
  TemporaryDirectory directory;
  const std::string output = directory / "out";
  const Fd inherited(::open("/dev/null", O_RDONLY));  // without O_CLOEXEC
  const auto outcome = detached(output, milliseconds(120'000), [&](StartReport& report) {
    std::string facts;
    char where[4096];
    facts += std::string("cwd=") + (::getcwd(where, sizeof where) ? where : "?");
    facts += ::getsid(0) != ::getpid() && ::getpgrp() == ::getsid(0) ? " session" : " no-session";
    const mode_t mask = ::umask(0);
    facts += " umask=" + std::to_string(mask);
    struct stat null_device {
    }, standard{};
    ::stat("/dev/null", &null_device);
    facts += ::fstat(0, &standard) == 0 && standard.st_rdev == null_device.st_rdev ? " stdin" : "";
    facts += ::fcntl(inherited.get(), F_GETFD) < 0 ? " closed" : " open";
    (void)write_all(1, "last words");
    report.tell(0, facts);
  });
  EXPECT_EQ(outcome.text, "cwd=/ session umask=63 stdin closed");
  EXPECT_EQ(read_file(output).value_or(""), "last words");
  struct stat st {};
  ASSERT_EQ(::stat(output.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
}

TEST(Detach, AnImpossibleOutputFileIsReported) {
  const auto outcome = detached("/no/such/directory/out", milliseconds(120'000),
                                [](StartReport& report) { report.tell(0, "never"); });
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.text.find("/no/such/directory/out"), std::string::npos);
}

TEST(DaemonSignals, BecomeCalls) {
  boost::asio::io_context loop{1};
  int stops = 0, reloads = 0;
  const DaemonSignals signals(
      loop, [&] { ++stops; }, [&] { ++reloads; });
  ::raise(SIGHUP);
  while (reloads == 0) ASSERT_GT(loop.run_one_for(test_bound()), 0u);
  ::raise(SIGTERM);
  while (stops == 0) ASSERT_GT(loop.run_one_for(test_bound()), 0u);
  EXPECT_EQ(reloads, 1);
}

TEST(DaemonLog, WritesOneLineAnEvent) {
  TemporaryDirectory directory;
  const std::string file = directory / "ketrewd.log";
  ASSERT_TRUE(open_log(file, "info"));
  log(LogLevel::debug, "not of interest");
  log_info("a\nb {} \x1b[31m");
  log_error("the end");
  const auto lines = split(read_file(file).value_or(""), '\n');
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[0].ends_with(" info a b {}  [31m")) << lines[0];
  EXPECT_TRUE(lines[1].ends_with(" error the end")) << lines[1];
  EXPECT_FALSE(open_log("/dev/null/no", "info"));
  EXPECT_TRUE(open_log("", "warning"));
}

}  // namespace
}  // namespace ketrew::daemon
