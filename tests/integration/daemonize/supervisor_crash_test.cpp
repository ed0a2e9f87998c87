// kill -9 of the supervisor, of the guardian and of both while jobs are started: each runs once,
// and no exit code is lost where one of the two lived.
#include <algorithm>
#include <thread>

#include <signal.h>

#include "tests/integration/daemonize/fixture.hpp"

namespace ketrew::daemonize {
namespace {

class CrashTest : public DaemonizeTest {
 protected:
  static constexpr int count = 500;

  // Starts `count` jobs, each of which appends its number to a file and exits with a code of its
  // own, and calls `strike` again and again meanwhile.
  void run(const std::function<void(const SupervisorPids&)>& strike, int strikes) {
    std::atomic<bool> done{false};
    std::thread striker([&] {
      for (int i = 0; i < strikes && !done; ++i) {
        // After some more jobs ran: in the middle of the work, wherever that is.
        const auto wanted = static_cast<std::size_t>((i + 1) * count / (strikes + 2));
        wait_until([&] { return done || lines(home + "/ran").size() >= wanted; });
        if (const auto pids = client->pids(); pids && !done) strike(*pids);
      }
    });
    std::vector<sdk::StartRequest> requests;
    for (int i = 0; i < count; ++i)
      requests.push_back(request(token(i), {sh("echo " + std::to_string(i) + " >>" + home +
                                               "/ran; exit " + std::to_string(i % 200))}));
    const auto results = start(*supervised, requests);
    states.resize(count);
    for (int i = 0; i < count; ++i) {
      const auto n = static_cast<std::size_t>(i);
      if (const auto* started = std::get_if<Base::Started>(&results[n])) {
        states[n] = started->state;
      } else {
        ADD_FAILURE() << "not started: " << i;
      }
    }
    // Looked at until each is over.
    ends.resize(count);
    for (int i = 0; i < count; ++i) {
      const auto n = static_cast<std::size_t>(i);
      ends[n] = wait_for_end(*supervised, host, token(i), states[n]);
    }
    done = true;
    striker.join();
  }

  void expect_each_ran_once() {
    auto ran = lines(home + "/ran");
    EXPECT_EQ(ran.size(), static_cast<std::size_t>(count));
    std::sort(ran.begin(), ran.end());
    EXPECT_EQ(std::unique(ran.begin(), ran.end()), ran.end()) << "a job ran twice";
  }

  int right_codes() {
    int right = 0;
    for (int i = 0; i < count; ++i) {
      const auto* ended = std::get_if<observed::Ended>(&ends[static_cast<std::size_t>(i)]);
      if (!ended) continue;
      EXPECT_EQ(ended->exit_code, i % 200) << content(playground(token(i)) + "/exit");
      ++right;
    }
    return right;
  }

  std::vector<JobState> states;
  std::vector<Observation> ends;
};

TEST_F(CrashTest, SupervisorKilled) {
  run([](const SupervisorPids& pids) { ::kill(pids.supervisor, SIGKILL); }, 8);
  expect_each_ran_once();
  EXPECT_EQ(right_codes(), count);
}

TEST_F(CrashTest, GuardianKilled) {
  run([](const SupervisorPids& pids) { ::kill(pids.guardian, SIGKILL); }, 4);
  expect_each_ran_once();
  EXPECT_EQ(right_codes(), count);
}

TEST_F(CrashTest, BothKilled) {
  run(
      [](const SupervisorPids& pids) {
        ::kill(pids.guardian, SIGKILL);
        ::kill(pids.supervisor, SIGKILL);
      },
      2);
  expect_each_ran_once();
  // Those that ran at that moment are over without proof, and nothing else is claimed of them.
  EXPECT_GE(right_codes(), count - 100);
}

TEST_F(CrashTest, LongJobSurvivesAllThree) {
  const auto results = start(*supervised, {request(token(1), {sh("sleep 3; exit 7")})});
  auto state = std::get<Base::Started>(results[0]).state;
  for (int round = 0; round < 3; ++round) {
    const auto pids = client->pids();
    ASSERT_TRUE(pids) << pids.error().text();
    ::kill(round % 2 == 0 ? pids->supervisor : pids->guardian, SIGKILL);
    wait_until([&] {
      const auto now = client->pids();
      return now && (now->supervisor != pids->supervisor);
    });
    EXPECT_TRUE(
        std::holds_alternative<observed::Running>(look(*supervised, host, token(1), state)));
  }
  const Observation end = wait_for_end(*supervised, host, token(1), state);
  // The first guardian inherited it; when that was killed it became nobody's child, so that its
  // code may be unknown. What must not be is another code.
  if (const auto* ended = std::get_if<observed::Ended>(&end)) {
    EXPECT_EQ(ended->exit_code, 7);
  }
  EXPECT_TRUE(was_announced(token(1)));
}

}  // namespace
}  // namespace ketrew::daemonize
