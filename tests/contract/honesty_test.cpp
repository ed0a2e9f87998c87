// What is seen while the scheduler does not answer, or lies: never an end, never an absence, never a yes.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/contract/contract_test.hpp"
#include "tests/support/wait_until.hpp"

namespace ketrew::contract {
namespace {

// Whether the scheduler does so now.
bool tell(const char* lie) {
  std::string program = settings().lies, word = lie;
  char* argv[] = {program.data(), word.data(), nullptr};
  pid_t pid = 0;
  int status = -1;
  if (posix_spawnp(&pid, argv[0], nullptr, nullptr, argv, environ) != 0) return false;
  return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class Honesty : public ContractTest {
 protected:
  void SetUp() override {
    if (settings().lies.empty()) GTEST_SKIP() << "no --lies PROGRAM";
    ContractTest::SetUp();
    gate_ = path_join(settings().directory, new_token());
    token_ = new_token();
    state_ = start(token_, text());
    wait_until([&] { return word(update(token_, state_), "observation") == "running"; });
  }
  void TearDown() override {
    if (settings().lies.empty()) return;
    tell("none");
    EXPECT_TRUE(write_file_atomically(gate_, "").has_value());
    // Whatever was seen meanwhile, its end is seen as it was.
    if (state_.is_null()) return;
    EXPECT_EQ(update_until_over().value("exit_code", -1), 3);
  }
  std::string text() const { return "until test -e " + gate_ + "; do sleep 0.2; done; exit 3"; }

  // As update_until_ended, and `gone` may be seen of what the scheduler forgot.
  Json update_until_over() {
    Json entry;
    wait_until([&] {
      entry = update(token_, state_);
      return word(entry, "observation") == "ended";
    });
    return entry;
  }

  // While nothing that it asks has an answer that makes sense.
  void expect_that_it_knows_nothing() {
    for (int i = 0; i < 3; ++i) {
      const Json entry = update(token_, state_);
      const std::string seen = word(entry, "observation");
      EXPECT_TRUE(seen == "running" || seen == "waiting" || seen == "cannot-tell") << entry;
    }
    const Json known = find(token_);
    EXPECT_TRUE(word(known, "answer") == "found" || word(known, "answer") == "cannot-tell") << known;
    const Json unknown = find(new_token());
    EXPECT_EQ(word(unknown, "answer"), "cannot-tell") << unknown;
    const Json kill = backend_.result_of("kill", jobs_params({{token_, state_}}));
    ASSERT_EQ(kill.value("jobs", Json::array()).size(), 1u) << kill;
    EXPECT_EQ(word(kill["jobs"][0], "answer"), "cannot-tell") << kill;
    const std::string token = new_token();
    const Json started = backend_.result_of("start", start_params(token, "exit 0"));
    EXPECT_TRUE(word(started, "answer") == "in-doubt" || word(started, "when") == "for-now") << started;
  }

  std::string gate_, token_;
  Json state_;
};

TEST_F(Honesty, NoAnswerIsNoNews) {
  if (!tell("down")) GTEST_SKIP() << "this scheduler cannot be told to be down";
  expect_that_it_knows_nothing();
}

TEST_F(Honesty, AnAnswerWithoutSenseIsNoNews) {
  if (!tell("garbage")) GTEST_SKIP() << "this scheduler cannot be told to print garbage";
  expect_that_it_knows_nothing();
}

TEST_F(Honesty, WhatTheSchedulerForgotHasNotEnded) {
  if (!tell("forget")) GTEST_SKIP() << "this scheduler cannot be told to forget";
  for (int i = 0; i < 3; ++i) {
    const Json entry = update(token_, state_);
    EXPECT_NE(word(entry, "observation"), "ended") << entry;
  }
  EXPECT_EQ(word(find(token_), "answer"), "found") << "its claim is in its playground";
  tell("none");
  const bool back =
      wait_until([&] { return word(update(token_, state_), "observation") == "running"; });
  EXPECT_TRUE(back) << "it is there again";
}

TEST_F(Honesty, TheEndOfAForgottenJobIsSeenByItsOwnProof) {
  if (!tell("forget")) GTEST_SKIP() << "this scheduler cannot be told to forget";
  ASSERT_TRUE(write_file_atomically(gate_, "").has_value());
  EXPECT_EQ(update_until_over().value("exit_code", -1), 3);
}

TEST_F(Honesty, ASubmissionThatFailedAndWasTakenRunsOnce) {
  if (!tell("submit-fails")) GTEST_SKIP() << "this scheduler cannot be told to fail after it took a job";
  const std::string token = new_token(), file = path_join(settings().directory, token);
  const std::string leaves_a_line = "echo once >> " + file + "; exit 5";
  const Json answer = backend_.result_of("start", start_params(token, leaves_a_line));
  tell("none");
  // A no would be a second submission; a yes cannot be known.
  EXPECT_TRUE(word(answer, "answer") == "in-doubt" || word(answer, "answer") == "started") << answer;
  const Json found = find(token, MonoClock::now() + visibility_lag());
  ASSERT_EQ(word(found, "answer"), "found") << found;
  Json state = found["state"];
  EXPECT_EQ(update_until_ended(token, state).value("exit_code", -1), 5);
  EXPECT_EQ(read_file(file).value_or(""), "once\n");
}

}  // namespace
}  // namespace ketrew::contract
