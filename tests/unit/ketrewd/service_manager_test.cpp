#include "app/ketrewd/service_manager.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "tests/unit/ketrewd/temporary_directory.hpp"

namespace ketrew::daemon {
namespace {

TEST(ServiceManager, IsNotified) {
  TemporaryDirectory directory;
  const std::string path = directory / "notify";
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)),
                   sizeof address),
            0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  notify_service_manager("READY=1");
  ::unsetenv("NOTIFY_SOCKET");
  notify_service_manager("nobody");
  pollfd ready{socket.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&ready, 1, 120'000), 1);
  char buffer[64];
  const ssize_t n = ::recv(socket.get(), buffer, sizeof buffer, 0);
  EXPECT_EQ(std::string_view(buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0))), "READY=1");
}

TEST(ServiceManager, WaitsForAHeartbeatOfThisProcessOnly) {
  EXPECT_FALSE(watchdog_interval());
  ::setenv("WATCHDOG_USEC", "120000000", 1);
  EXPECT_EQ(watchdog_interval(), Milliseconds(60'000));
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(watchdog_interval(), Milliseconds(60'000));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(watchdog_interval());
  ::unsetenv("WATCHDOG_PID");
  for (const char* nonsense : {"", "0", "-5", "12x", "99999999999999999999"}) {
    ::setenv("WATCHDOG_USEC", nonsense, 1);
    EXPECT_FALSE(watchdog_interval()) << nonsense;
  }
  ::unsetenv("WATCHDOG_USEC");
}

TEST(ServiceUnit, IsReadFromTheCgroup) {
  const auto system = service_unit("0::/system.slice/ketrewd@ann.service\n");
  EXPECT_EQ(system.name, "ketrewd@ann.service");
  EXPECT_FALSE(system.of_user);
  const auto user = service_unit(
      "0::/user.slice/user-1000.slice/user@1000.service/app.slice/ketrewd.service\n");
  EXPECT_EQ(user.name, "ketrewd.service");
  EXPECT_TRUE(user.of_user);
  EXPECT_FALSE(service_unit("0::/user.slice/user-1000.slice/user@1000.service\n").of_user);
  EXPECT_EQ(service_unit("12:cpu:/x\n1:name=systemd:/system.slice/k.service\n0::/\n").name, "k.service");
  for (const char* none : {"", "0::/", "0::/user.slice/user-0.slice/session-3.scope\n", "x", "0::/a.service/b"})
    EXPECT_EQ(service_unit(none).name, "") << none;
}

// A systemctl that knows one property of one unit.
class ServiceUnitProblem : public testing::Test {
 protected:
  ServiceUnitProblem() : path_(std::getenv("PATH")) {
    ::setenv("PATH", (directory_.path + ":" + path_).c_str(), 1);
  }
  ~ServiceUnitProblem() override { ::setenv("PATH", path_.c_str(), 1); }
  void systemctl(const std::string& body) {
    const std::string file = directory_ / "systemctl";
    std::ofstream(file) << "#!/bin/sh\n" << body << "\n";
    ASSERT_EQ(::chmod(file.c_str(), 0700), 0);
  }

 private:
  TemporaryDirectory directory_;
  std::string path_;
};

TEST_F(ServiceUnitProblem, JobsThatWouldDieWithTheDaemonAreSaid) {
  systemctl("[ \"$*\" = 'show --value --property=KillMode k.service' ] && echo control-group");
  EXPECT_NE(service_unit_problem({"k.service"}).find("KillMode=process (systemctl edit k.service)"),
            std::string::npos);
  systemctl("[ \"$*\" = '--user show --value --property=KillMode k.service' ] && echo mixed");
  EXPECT_NE(service_unit_problem({"k.service", true}).find("systemctl --user edit k.service"),
            std::string::npos);
}

TEST_F(ServiceUnitProblem, NoneIsSaidWhereThereIsNoneOrNothingIsKnown) {
  systemctl("echo process");
  EXPECT_EQ(service_unit_problem({"k.service"}), "");
  systemctl("echo control-group; exit 1");
  EXPECT_EQ(service_unit_problem({"k.service"}), "");
  systemctl("echo control-group");
  EXPECT_EQ(service_unit_problem({}), "");
}

}  // namespace
}  // namespace ketrew::daemon
