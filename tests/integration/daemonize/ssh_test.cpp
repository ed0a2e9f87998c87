// A real sshd on loopback, with keys made here: the same jobs, a broken connection, a hanging host,
// one ssh command for each poll.
#include <filesystem>
#include <fstream>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/daemonize/detached.hpp"
#include "core/host/host.hpp"
#include "core/host/process_identity.hpp"
#include "tests/integration/daemonize/fixture.hpp"

extern char** environ;

namespace ketrew::daemonize {
namespace {

int free_port() {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
  if (::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0)
    return 0;
  return ntohs(address.sin_port);
}

class SshTest : public DaemonizeTest {
 protected:
  void SetUp() override {
    DaemonizeTest::SetUp();
    if (::access("/usr/sbin/sshd", X_OK) != 0) GTEST_SKIP() << "there is no /usr/sbin/sshd";
    if (std::system("command -v ssh-keygen >/dev/null") != 0) GTEST_SKIP() << "no ssh-keygen";
    const auto keygen = [&](const std::string& file) {
      return std::system(("ssh-keygen -q -t ed25519 -N '' -f " + home + "/" + file).c_str());
    };
    ASSERT_EQ(keygen("host_key"), 0);
    ASSERT_EQ(keygen("user_key"), 0);
    ASSERT_EQ(std::system(("cp " + home + "/user_key.pub " + home + "/authorized_keys").c_str()),
              0);
    port = free_port();
    std::ofstream(home + "/sshd_config")
        << "Port " << port << "\nListenAddress 127.0.0.1\nHostKey " << home << "/host_key\n"
        << "AuthorizedKeysFile " << home << "/authorized_keys\nStrictModes no\nUsePAM no\n"
        << "PasswordAuthentication no\nPidFile none\n";
    if (::geteuid() == 0) ::mkdir("/run/sshd", 0755);  // sshd's own wish
    start_sshd();
    const std::string known = "-oUserKnownHostsFile=/dev/null";
    host.hostname = "127.0.0.1";
    host.port = port;
    host.timeout_seconds = 20;
    host.ssh_options = {known,
                        "-oStrictHostKeyChecking=no",
                        "-oLogLevel=ERROR",
                        "-oIdentitiesOnly=yes",
                        "-i" + home + "/user_key",
                        "-F/dev/null"};
    // A wrapper that counts: first on PATH.
    ASSERT_EQ(::mkdir((home + "/bin").c_str(), 0700), 0);
    std::ofstream(home + "/bin/ssh")
        << "#!/bin/sh\necho x >>" << home << "/ssh-count\n"
        << "if test -e " << home << "/slow; then\n"  // as a host that is slow to connect to
        << "  for socket in " << home << "/ssh/*; do test -e \"$socket\" || sleep 3; done\n"
        << "fi\nexec /usr/bin/ssh \"$@\"\n";
    ::chmod((home + "/bin/ssh").c_str(), 0700);
    path_before = std::getenv("PATH");
    ::setenv("PATH", (home + "/bin:" + path_before).c_str(), 1);
    detached = std::make_unique<Detached>(home + "/ssh", [](const auto&) {});
    const host::Host probe(host, home + "/ssh");
    Result<host::ShellOutput> answer = probe.run("echo here");
    wait_until([&] { return answer || (answer = probe.run("echo here")).has_value(); },
               std::chrono::seconds(60));
    if (!answer) GTEST_SKIP() << "sshd does not let us in: " << answer.error().text();
  }

  void TearDown() override {
    if (detached) {
      detached.reset();
      std::system(("for s in " + home +
                   "/ssh/*; do /usr/bin/ssh -q -O exit -o ControlPath=$s x "
                   "2>/dev/null; done")
                      .c_str());
    }
    stop_sshd();
    if (!path_before.empty()) ::setenv("PATH", path_before.c_str(), 1);
    DaemonizeTest::TearDown();
  }

  void start_sshd() {
    const std::string config = home + "/sshd_config", log = home + "/sshd.log";
    const char* argv[] = {"/usr/sbin/sshd", "-D", "-f", config.c_str(), "-E", log.c_str(), nullptr};
    ASSERT_EQ(::posix_spawn(&sshd, argv[0], nullptr, nullptr, const_cast<char**>(argv), environ),
              0);
  }
  void stop_sshd() {
    if (sshd <= 0) return;
    for (const pid_t child : sshd_children()) ::kill(child, SIGKILL);
    ::kill(sshd, SIGKILL);
    ::waitpid(sshd, nullptr, 0);
    sshd = 0;
  }
  // Of our own sshd, and their children.
  std::vector<pid_t> sshd_children() const {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid <= 0) continue;
      const auto stat = host::read_process_stat(pid);
      if (!stat) continue;
      const auto parent = host::read_process_stat(stat->parent);
      std::string name = content("/proc/" + std::to_string(pid) + "/comm");
      if (name.rfind("sshd", 0) != 0) continue;
      if (stat->parent == sshd || (parent && parent->parent == sshd)) found.push_back(pid);
    }
    return found;
  }
  std::size_t ssh_commands() { return lines(home + "/ssh-count").size(); }

  int port = 0;
  pid_t sshd = 0;
  std::string path_before;
  std::unique_ptr<Detached> detached;
};

TEST_F(SshTest, ManyJobsInOneCommandEach) {
  constexpr int count = 50;
  std::vector<sdk::StartRequest> requests;
  std::string every;
  for (int byte = 1; byte < 256; ++byte) every += static_cast<char>(byte);
  for (int i = 0; i < count; ++i)
    requests.push_back(
        request(token(i), {exec({"printf", "%s", every}), sh("exit " + std::to_string(i))}));
  std::size_t before = ssh_commands();
  const auto results = start(*detached, requests);
  EXPECT_EQ(ssh_commands() - before, 1u);

  std::vector<Base::Job> jobs(count);
  std::vector<Base::Job*> pointers;
  for (int i = 0; i < count; ++i) {
    auto& job = jobs[static_cast<std::size_t>(i)];
    job.token = token(i);
    job.state = std::get<Base::Started>(results[static_cast<std::size_t>(i)]).state;
    pointers.push_back(&job);
  }
  ASSERT_TRUE(wait_until([&] {
    before = ssh_commands();
    detached->update(host, pointers);
    EXPECT_EQ(ssh_commands() - before, 1u);
    return std::all_of(jobs.begin(), jobs.end(), [](const Base::Job& job) {
      return std::holds_alternative<observed::Ended>(job.observation);
    });
  }));
  for (int i = 0; i < count; ++i)
    EXPECT_EQ(std::get<observed::Ended>(jobs[static_cast<std::size_t>(i)].observation).exit_code,
              i);
  const host::Host far(host, home + "/ssh");
  const auto out = far.read(playground(token(3)) + "/out", -5, 3);
  ASSERT_TRUE(out) << out.error().text();
  EXPECT_EQ(out->text, every.substr(250, 3));
  EXPECT_EQ(out->size, 255);
}

TEST_F(SshTest, FilesHaveThreeAnswers) {
  const host::Host far(host, home + "/ssh");
  const host::NewFile files[] = {{home + "/a", "text without an end\n\n", 0600},
                                 {home + "/b", "", 0600}};
  ASSERT_TRUE(far.put(files));
  const std::string paths[] = {home + "/a", home + "/absent/deep", home, home + "/b"};
  const auto got = far.get(paths);
  ASSERT_TRUE(got[0]) << got[0].error().text();
  EXPECT_EQ(*got[0], "text without an end\n\n");
  ASSERT_FALSE(got[1]);
  EXPECT_EQ(got[1].error().kind, ErrorKind::not_found);
  ASSERT_FALSE(got[2]);
  EXPECT_NE(got[2].error().kind, ErrorKind::not_found);
  EXPECT_TRUE(got[3] && got[3]->empty());
}

TEST_F(SshTest, ConnectingMayTakeLongerThanACommand) {
  host.timeout_seconds = 2;
  for (const pid_t child : sshd_children()) ::kill(child, SIGKILL);
  const auto sockets = [&] {
    return std::distance(std::filesystem::directory_iterator(home + "/ssh"), {});
  };
  ASSERT_TRUE(wait_until([&] { return sockets() == 0; })) << "the connection is not noticed to end";
  std::ofstream(home + "/slow") << "";
  const auto results = start(*detached, {request(token(1), {exec({"true"})})});
  ASSERT_TRUE(std::holds_alternative<Base::Started>(results[0]));
  auto state = std::get<Base::Started>(results[0]).state;
  const Observation end = wait_for_end(*detached, host, token(1), state);
  EXPECT_TRUE(std::holds_alternative<observed::Ended>(end)) << ketrew::to_json(end).dump();
}

TEST_F(SshTest, BrokenConnectionKillsNothing) {
  auto state =
      std::get<Base::Started>(start(*detached, {request(token(1), {sh("sleep 2; exit 6")})})[0])
          .state;
  look(*detached, host, token(1), state);
  for (const pid_t child : sshd_children()) ::kill(child, SIGKILL);
  const Observation end = wait_for_end(*detached, host, token(1), state);
  const auto* ended = std::get_if<observed::Ended>(&end);
  ASSERT_TRUE(ended) << ketrew::to_json(end).dump();
  EXPECT_EQ(ended->exit_code, 6);
}

TEST_F(SshTest, HangingAndUnreachableHostsAreCannotTell) {
  auto state =
      std::get<Base::Started>(start(*detached, {request(token(1), {sh("sleep 1; exit 4")})})[0])
          .state;
  host.timeout_seconds = 3;
  const auto children = sshd_children();
  for (const pid_t child : children) ::kill(child, SIGSTOP);
  Observation seen = look(*detached, host, token(1), state);
  EXPECT_TRUE(std::holds_alternative<observed::CannotTell>(seen)) << ketrew::to_json(seen).dump();
  for (const pid_t child : children) ::kill(child, SIGCONT);
  stop_sshd();
  seen = look(*detached, host, token(1), state);
  ASSERT_TRUE(std::holds_alternative<observed::CannotTell>(seen)) << ketrew::to_json(seen).dump();
  EXPECT_NE(std::get<observed::CannotTell>(seen).reason.find("127.0.0.1"), std::string::npos);
  const auto results = start(*detached, {request(token(2), {exec({"true"})})});
  EXPECT_TRUE(std::holds_alternative<sdk::InDoubt>(results[0]));
  start_sshd();
  const Observation end = wait_for_end(*detached, host, token(1), state);
  const auto* ended = std::get_if<observed::Ended>(&end);
  ASSERT_TRUE(ended) << ketrew::to_json(end).dump();
  EXPECT_EQ(ended->exit_code, 4);
}

}  // namespace
}  // namespace ketrew::daemonize
