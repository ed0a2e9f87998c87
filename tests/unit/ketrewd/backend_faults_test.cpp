#include "tests/unit/ketrewd/link_fixture.hpp"

namespace ketrew::daemon {
namespace {

TEST_F(BackendLinkTest, ACrashPutsCallsInDoubtAndIsRepaired) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto first_pid = link->status().pid;
  const auto held = call("hold", "{}", milliseconds(120'000), 11);
  ask("echo");
  const auto crash = call("crash", "{}", milliseconds(120'000), 12);
  ASSERT_TRUE(run_until([&] { return crash->there && held->there; }));
  EXPECT_EQ(held->error.reach, Reach::in_doubt);
  EXPECT_EQ(held->error.error.kind, ErrorKind::unavailable);
  EXPECT_EQ(crashes, 1);
  EXPECT_EQ(in_doubt, (std::vector<std::uint64_t>{11, 12}));
  EXPECT_NE(crash_problem.find("signal 11"), std::string::npos) << crash_problem;
  EXPECT_NE(crash_problem.find("about to crash"), std::string::npos) << crash_problem;
  ASSERT_TRUE(run_until_ready());
  EXPECT_NE(link->status().pid, first_pid);
  EXPECT_EQ(link->status().restarts, 1u);
  EXPECT_EQ(link->status().problem, "");
}

TEST_F(BackendLinkTest, AnAnswerGivenBeforeTheEndCounts) {
  make(script("serve()"));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(run_until_ready());
    EXPECT_EQ(ask("answer_and_crash")["answered"], true);
    ASSERT_TRUE(run_until([&] { return crashes == i + 1; }));
  }
}

TEST_F(BackendLinkTest, ACallPastItsDeadlineCostsTheProcess) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto other = call("hold");
  const auto hang = call("hang", "{}", milliseconds(150), 5);
  ASSERT_TRUE(run_until([&] { return hang->there && other->there; }));
  EXPECT_EQ(hang->error.error.kind, ErrorKind::timeout);
  EXPECT_EQ(hang->error.reach, Reach::in_doubt);
  EXPECT_EQ(other->error.error.kind, ErrorKind::unavailable);
  EXPECT_EQ(other->error.reach, Reach::in_doubt);
  EXPECT_EQ(in_doubt, std::vector<std::uint64_t>{5});
  ASSERT_TRUE(run_until_ready());
}

TEST_F(BackendLinkTest, AQuestionOfPeoplePastItsDeadlineFailsAlone) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto pid = link->status().pid;
  const auto other = call("hold");
  const auto question = call("hold", "{}", milliseconds(100), 0, true);
  ASSERT_TRUE(run_until([&] { return question->there; }));
  EXPECT_EQ(question->error.error.kind, ErrorKind::timeout);
  EXPECT_FALSE(other->there);
  ask("release");  // its answer comes after all: nobody waits for it
  EXPECT_TRUE(other->good);
  EXPECT_EQ(link->status().pid, pid);
  EXPECT_EQ(crashes, 0);
}

TEST_F(BackendLinkTest, ALateLoopTakesTheAnswerThatIsThere) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const std::string file = directory / "answered";
  const auto due = std::chrono::steady_clock::now() + milliseconds(100);
  const auto answer = call("touch", Json{{"file", file}}.dump(), milliseconds(100));
  loop.poll();  // it is sent; and now the loop does nothing until it is too late
  while (std::chrono::steady_clock::now() < due + test_bound() &&
         (::access(file.c_str(), F_OK) != 0 || std::chrono::steady_clock::now() <= due))
    ::usleep(1000);
  ASSERT_TRUE(run_until([&] { return answer->there; }));
  EXPECT_TRUE(answer->good);
  EXPECT_EQ(crashes, 0);
}

TEST_F(BackendLinkTest, WhatTheProcessWasNotGivenIsNeverSent) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto hang = call("hang", "{}", milliseconds(300), 1);
  const auto big =
      call("echo", "{\"t\":\"" + std::string(4 << 20, 'a') + "\"}", milliseconds(120'000), 2);
  const auto behind = call("echo", "{}", milliseconds(120'000), 3);
  ASSERT_TRUE(run_until([&] { return behind->there; }));
  EXPECT_EQ(hang->error.reach, Reach::in_doubt);
  EXPECT_EQ(big->error.reach, Reach::in_doubt);  // some of it is in the pipe
  EXPECT_EQ(behind->error.reach, Reach::never_sent);
  EXPECT_EQ(in_doubt, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(BackendLinkTest, GarbageCostsTheProcess) {
  make(script("serve()"));
  for (const std::string method : {"babble", "stranger", "deaf"}) {
    ASSERT_TRUE(run_until_ready());
    const int before = crashes;
    const auto held = call("hold");
    const auto answer = call(method, "{}", milliseconds(120'000), 9);
    ASSERT_TRUE(run_until([&] { return answer->there && held->there; })) << method;
    EXPECT_EQ(answer->error.reach, Reach::in_doubt) << method;
    EXPECT_EQ(crashes, before + 1) << method;
    EXPECT_EQ(in_doubt, std::vector<std::uint64_t>{9}) << method;
    if (method == "babble") {
      EXPECT_NE(crash_problem.find("what is this?"), std::string::npos) << crash_problem;
    }
  }
}

TEST_F(BackendLinkTest, FloodsOfGarbageAreBounded) {
  make(script(R"(
request = json.loads(sys.stdin.readline()); answer(request, initialized())
sys.stdin.readline()
while True: sys.stdout.write("z" * 1000000)
)"));
  ASSERT_TRUE(run_until_ready());
  const auto answer = call("echo");
  ASSERT_TRUE(run_until([&] { return answer->there; }));
  EXPECT_NE(crash_problem.find("64 MiB"), std::string::npos) << crash_problem;
}

TEST_F(BackendLinkTest, CallsWhileItIsNotReadyAreNeverSent) {
  make(script("time.sleep(1000)"));
  const auto answer = call("echo");
  EXPECT_FALSE(answer->there);  // never within the call
  ASSERT_TRUE(run_until([&] { return answer->there; }));
  EXPECT_EQ(answer->error.reach, Reach::never_sent);
  EXPECT_NE(answer->error.error.what.find("starting"), std::string::npos);
}

TEST_F(BackendLinkTest, OneThatNeverAnswersInitializeIsReplaced) {
  times.initialize = milliseconds(100);
  make(script("time.sleep(1000)"));
  ASSERT_TRUE(run_until([&] { return link->status().restarts >= 2; }));
  EXPECT_NE(link->status().problem.find("initialize"), std::string::npos);
}

TEST_F(BackendLinkTest, EndsAtOnceAgainAndAgain) {
  make(script("sys.exit(1)"));
  ASSERT_TRUE(run_until([&] { return link->status().restarts >= 3; }));
  ASSERT_TRUE(run_until([&] { return link->status().state == LinkState::down; }));
  EXPECT_TRUE(link->status().retry_at);
  EXPECT_NE(link->status().problem.find("exited with code 1"), std::string::npos);
}

TEST_F(BackendLinkTest, ARefusedModuleIsMissing) {
  times.retry_missing = milliseconds(600'000);
  make(script("sys.stderr.write('module of ABI 9, this host has 1\\n'); sys.exit(3)"));
  ASSERT_TRUE(run_until([&] { return link->status().state == LinkState::missing; }));
  EXPECT_NE(link->status().problem.find("ABI 9"), std::string::npos) << link->status().problem;
  EXPECT_EQ(link->status().restarts, 0u);
  // Repaired, and told so.
  bool done = false;
  link->replace(script("serve('2')"), [&](Result<> result) { done = result.has_value(); });
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_TRUE(link->ready());
}

TEST_F(BackendLinkTest, OtherWaysToBeUnusable) {
  times.retry_missing = milliseconds(600'000);
  Launch absent;
  absent.name = "absent";
  absent.argv = {directory / "no-such-program"};
  make(absent);
  ASSERT_TRUE(run_until([&] { return link->status().state == LinkState::missing; }));
  EXPECT_NE(link->status().problem.find("no-such-program"), std::string::npos);
  for (const char* first : {R"({"code": -32602, "message": "option 'depth': not a number"})", ""}) {
    const std::string body =
        *first ? "send({'jsonrpc': '2.0', 'id': 1, 'error': " + std::string(first) + "})"
               : "send({'jsonrpc': '2.0', 'id': 1, 'result': {'protocol': 2}})";
    make(script("sys.stdin.readline()\n" + body + "\ntime.sleep(1000)"));
    ASSERT_TRUE(run_until([&] { return link->status().state == LinkState::missing; }));
    EXPECT_NE(link->status().problem.find(*first ? "not a number" : "protocol"), std::string::npos)
        << link->status().problem;
  }
}

TEST_F(BackendLinkTest, MissingIsTriedAgainSlowly) {
  make(script("sys.exit(3)"));
  ASSERT_TRUE(run_until([&] { return link->status().restarts >= 1; }));
  script("serve()");  // the same file, repaired
  EXPECT_TRUE(run_until_ready());
}

}  // namespace
}  // namespace ketrew::daemon
