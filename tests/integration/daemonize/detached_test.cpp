// nohup-setsid and python-daemon on this machine.
#include "backends/daemonize/detached.hpp"

#include <unistd.h>

#include "tests/integration/daemonize/fixture.hpp"

namespace ketrew::daemonize {
namespace {

class DetachedTest : public DaemonizeTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    DaemonizeTest::SetUp();
    detached = std::make_unique<Detached>(home + "/ssh", [](const auto&) {});
    if (std::string(GetParam()) == "python-daemon" &&
        std::system("python3 -c pass >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "there is no python3";
  }
  Json using_this(const char* grace = "1s") const {
    return {{"using", GetParam()}, {"kill_grace", grace}};
  }
  JobState start_one(const sdk::StartRequest& one) {
    const auto results = start(*detached, {one});
    const auto* started = std::get_if<Base::Started>(&results[0]);
    EXPECT_TRUE(started);
    return started ? started->state : JobState{};
  }
  observed::Ended end_of(const std::string& name, JobState& state) {
    const Observation end = wait_for_end(*detached, host, name, state);
    const auto* ended = std::get_if<observed::Ended>(&end);
    EXPECT_TRUE(ended) << ketrew::to_json(end).dump();
    return ended ? *ended : observed::Ended{};
  }
  std::unique_ptr<Detached> detached;
};

TEST_P(DetachedTest, ManyJobsWithArgumentsByteForByte) {
  std::string every;
  for (int byte = 1; byte < 256; ++byte) every += static_cast<char>(byte);
  std::vector<sdk::StartRequest> requests;
  for (int i = 0; i < 20; ++i)
    requests.push_back(request(
        token(i), {exec({"printf", "%s", every}), sh("exit " + std::to_string(i))}, using_this()));
  const auto results = start(*detached, requests);
  for (int i = 0; i < 20; ++i) {
    auto state = std::get<Base::Started>(results[static_cast<std::size_t>(i)]).state;
    EXPECT_EQ(end_of(token(i), state).exit_code, i);
    EXPECT_EQ(content(playground(token(i)) + "/out"), every);
  }
}

TEST_P(DetachedTest, KilledWithItsDescendants) {
  auto state = start_one(request(
      token(1),
      {sh("trap '' TERM; (trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 1000') & echo up; "
          "sleep 1000; sleep 1000")},
      using_this()));
  ASSERT_TRUE(wait_until([&] { return content(playground(token(1)) + "/out") == "up\n"; }));
  EXPECT_EQ(kill(*detached, host, token(1), state), sdk::KillWord::sent);
  // While the far killer waits for the rest to go, the leader is gone without an exit file: one
  // such sighting is no verdict.
  ASSERT_TRUE(wait_until([&] {
    return std::holds_alternative<observed::Ended>(look(*detached, host, token(1), state));
  }));
  const auto ended = end_of(token(1), state);
  EXPECT_TRUE(ended.signal == 15 || ended.signal == 9);
  EXPECT_TRUE(wait_until([&] { return processes_with(token(1)) == 0; }));
}

TEST_P(DetachedTest, ADeadScriptIsGoneNotEnded) {
  auto state = start_one(request(token(1), {sh("echo $PPID; sleep 1000")}, using_this()));
  ASSERT_TRUE(wait_until([&] {
    look(*detached, host, token(1), state);
    return state.process.started != 0 && !lines(playground(token(1)) + "/out").empty();
  }));
  ASSERT_EQ(std::system(("kill -9 -" + std::to_string(state.process.pid)).c_str()), 0);
  const Observation end = wait_for_end(*detached, host, token(1), state);
  EXPECT_TRUE(std::holds_alternative<observed::Gone>(end)) << ketrew::to_json(end).dump();
}

TEST_P(DetachedTest, AbsentTokenIsBarredUntilStartedAgain) {
  const sdk::FindRequest find{token(1), host, using_this()};
  const sdk::FindRequest* one[] = {&find};
  EXPECT_TRUE(std::holds_alternative<sdk::Absent>(detached->find(host, one)[0]));
  auto state = start_one(request(token(1), {exec({"true"})}, using_this()));
  EXPECT_EQ(end_of(token(1), state).exit_code, 0);
  EXPECT_TRUE(std::holds_alternative<Base::Found>(detached->find(host, one)[0]));
  // A second copy of the script runs nothing.
  EXPECT_EQ(WEXITSTATUS(std::system((playground(token(1)) + "/script").c_str())), 75);
}

INSTANTIATE_TEST_SUITE_P(Using, DetachedTest, testing::Values("nohup-setsid", "python-daemon"),
                         [](const auto& which) {
                           return which.param[0] == 'n' ? std::string("NohupSetsid")
                                                        : std::string("PythonDaemon");
                         });

}  // namespace
}  // namespace ketrew::daemonize
