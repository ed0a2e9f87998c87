// The shell texts about a client, run for real with a client that a test writes.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include <gtest/gtest.h>

#include "backends/yarn/client.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/host/command.hpp"
#include "tests/support/wait_until.hpp"

namespace ketrew::yarn {
namespace {

const std::string token = "01kb5w1k2z8nqz2j4w6q0r7t3a-1";

class YarnLaunch : public testing::Test {
 protected:
  void SetUp() override {
    root = (std::filesystem::temp_directory_path() / "ketrew-yarn-XXXXXX").string();
    ASSERT_NE(::mkdtemp(root.data()), nullptr);
    place = root + "/" + token;
    std::filesystem::create_directory(place);
    options.hadoop_bin = root + "/hadoop";
    options.jar = "/dev/null";
    options.name = "name";
  }
  void TearDown() override {
    if (pid() > 1 && pid() != ::getpid()) ::kill(-pid(), SIGKILL);
    std::filesystem::remove_all(root);
  }
  void script(const std::string& path, const std::string& text) {
    ASSERT_TRUE(write_file_atomically(path, "#!/bin/sh\n" + text));
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  std::string shell(const std::string& text) {
    const auto ran =
        host::run_command({"/bin/sh", "-c", "cd \"$1\" && eval \"$2\"", "sh", place, text}, "");
    return ran ? ran->out : "(not run)";
  }
  Client launch() {
    const auto clients = read_clients(shell(launch_text(options, site, token)));
    const auto it = clients.find(token);
    return it == clients.end() ? Client{} : it->second;
  }
  Client look() {
    return read_clients(shell("ketrew_open= ketrew_root=" + root + look_functions() +
                              "ketrew_look_at_client " + token))[token];
  }
  void end() {
    shell("ketrew_root=" + root + look_functions() + end_functions() + "ketrew_end_client " + token);
  }
  int pid() const { return std::atoi(read_file(place + "/client/pid").value_or("0").c_str()); }
  bool is_gone() const { return ::kill(-pid(), 0) == -1 && errno == ESRCH; }

  std::string root, place;
  JobOptions options;
  Site site;
};

const std::string submitted = "INFO impl.YarnClientImpl: Submitted application application_1_0007";

TEST_F(YarnLaunch, AClientThatHasNamedItsApplicationIsEnded) {
  script(root + "/hadoop", "echo '" + submitted + "' >&2; exec sleep 1000");
  const Client client = launch();
  EXPECT_EQ(client.stand, ClientStand::named);
  EXPECT_EQ(client.application_id, "application_1_0007");
  EXPECT_TRUE(wait_until([&] { return is_gone(); }));
  EXPECT_EQ(look().application_id, "application_1_0007");
}

TEST_F(YarnLaunch, WithATimeoutItStaysUntilTheResourceManagerHasTakenThatOver) {
  options.timeout_seconds = 60;
  site.yarn_bin = root + "/yarn";
  script(root + "/hadoop", "echo '" + submitted + "' >&2; exec sleep 1000");
  script(root + "/yarn", "echo \"$*\"; until [ -e " + root + "/go ]; do sleep 0.1; done\n"
                         "echo 'Successfully updated LIFETIME of an application'");
  EXPECT_EQ(launch().stand, ClientStand::named);
  EXPECT_FALSE(is_gone());
  ASSERT_TRUE(write_file_atomically(root + "/go", ""));
  EXPECT_TRUE(wait_until([&] { return is_gone(); }));
  EXPECT_EQ(read_file(place + "/client/lifetime").value_or("").substr(0, 60),
            "application -appId application_1_0007 -updateLifetime 60\nSuc");
}

TEST_F(YarnLaunch, AnEndWithoutANameIsToldWithItsCode) {
  script(root + "/hadoop", "echo why >&2; exit 5");
  const Client client = launch();
  EXPECT_EQ(client.stand, ClientStand::ended);
  ASSERT_TRUE(client.exit);
  EXPECT_EQ(client.exit->code, 5);
}

TEST_F(YarnLaunch, TheProgramIsTheClientOfAnApplication) {
  options.mode = Mode::application;
  script(place + "/script", "echo 'Submitting application application_1_0009 to ResourceManager' "
                            ">>client/out; exec sleep 1000");
  EXPECT_EQ(launch().application_id, "application_1_0009");  // the words of another client
  EXPECT_FALSE(is_gone());
  end();
  EXPECT_TRUE(wait_until([&] { return is_gone(); }));
}

TEST_F(YarnLaunch, AClientThatWillNotGoIsKilledTheSecondTime) {
  options.mode = Mode::application;
  script(place + "/script", "trap : TERM; echo 'Submitted application application_1_0009' >>client/out\n"
                            "while :; do sleep 1; done");
  EXPECT_EQ(launch().stand, ClientStand::named);
  end();
  EXPECT_FALSE(is_gone());
  end();
  EXPECT_TRUE(wait_until([&] { return is_gone(); }));
}

TEST_F(YarnLaunch, WhereThereWasNoneAndWhereNobodyCanTell) {
  EXPECT_EQ(look().stand, ClientStand::none);
  std::filesystem::remove_all(root);
  EXPECT_EQ(look().stand, ClientStand::unreadable);
  std::filesystem::create_directory(root);
}

TEST_F(YarnLaunch, APidThatWasGivenAnewIsNotTheClient) {
  script(root + "/hadoop", "exit 5");
  launch();
  ASSERT_TRUE(write_file_atomically(place + "/client/pid", std::to_string(::getpid()) + "\n"));
  std::filesystem::remove(place + "/client/exit");
  EXPECT_EQ(look().stand, ClientStand::ended);
  end();  // does not end this test
}

}  // namespace
}  // namespace ketrew::yarn
