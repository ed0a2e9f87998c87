#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/text.hpp"
#include "tests/unit/batch/toy.hpp"

namespace ketrew::sdk::batch {
namespace {

using observed::CannotTell;
using observed::Ended;
using observed::Gone;
using observed::Running;
using observed::Waiting;

const std::string good_exit = "exit code=0 end\n", claimed = "claim by=script restart=0 mark=1 end\n";

class BatchUpdate : public ::testing::Test {
 protected:
  void leave(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories(place);
    site.write(place + "/" + file, text);
  }
  Observation look() { return site.update("a-1", state); }

  ToySite site{Json{{"exit_grace", "0s"}}};
  std::string place = site.host.playground + "/a-1";
  JobState state = site.state("a-1", "1");
};

TEST_F(BatchUpdate, OneCommandForManyJobs) {
  site.script("toy-queue", "for id in \"$@\"; do echo $id waits; done; echo ok");
  std::vector<ToyBackend::Job> jobs;
  for (int i = 0; i < 3000; ++i) {
    const std::string token = "t" + std::to_string(i) + "-1";
    jobs.push_back({token, site.state(token, std::to_string(100000 + i))});
  }
  site.backend.update(site.host, jobs);
  for (const auto& job : jobs) EXPECT_EQ(std::get<Waiting>(job.observation).reason, "busy");
  EXPECT_EQ(site.calls("toy-queue"), 1u);
}

TEST_F(BatchUpdate, AnUnhealthyAnswerTellsNothing) {
  leave("exit", good_exit);
  site.script("toy-queue", "echo down >&2; exit 1");
  EXPECT_EQ(std::get<CannotTell>(look()).reason, "toy: down");
  site.script("toy-queue", "echo '2 runs'");  // without the job, nor a proof of health
  EXPECT_TRUE(std::holds_alternative<CannotTell>(look()));
}

TEST_F(BatchUpdate, TheExitFileIsBelievedFirst) {
  leave("claim", claimed);
  leave("exit", good_exit);
  site.script("toy-queue", "echo ok");
  EXPECT_EQ(std::get<Ended>(look()).exit_code, 0);
  site.script("toy-queue", "echo 1 limit 9; echo ok");
  EXPECT_FALSE(std::get<Ended>(look()).failure);  // it had ended well before
  leave("exit", "exit code=143 end\n");
  const auto ended = std::get<Ended>(look());
  EXPECT_EQ(ended.exit_code, 143);
  EXPECT_EQ(ended.failure, FailureClass::wall_time);
}

TEST_F(BatchUpdate, WithoutAnExitFileASuccessIsNotBelieved) {
  leave("claim", claimed);
  site.script("toy-queue", "echo 1 over 0; echo ok");
  const auto ended = std::get<Ended>(look());
  EXPECT_EQ(ended.failure, FailureClass::node);
  EXPECT_FALSE(ended.exit_code);
  EXPECT_NE(ended.message.find("without proof"), std::string::npos);
  site.script("toy-queue", "echo 1 over 3; echo ok");
  EXPECT_EQ(std::get<Ended>(look()).exit_code, 3);
}

TEST_F(BatchUpdate, AWordThatIsProofNeedsNoExitFileNorThePlayground) {
  ToySite slow;  // with the default grace
  JobState one = slow.state("a-1", "1");
  slow.script("toy-queue", "echo 1 proven 0; echo ok");
  EXPECT_EQ(std::get<Ended>(slow.update("a-1", one)).exit_code, 0);
  slow.script("toy-queue", "echo 1 proven 3; echo ok");
  EXPECT_EQ(std::get<Ended>(slow.update("a-1", one)).exit_code, 3);
  slow.script("toy-queue", "echo 1 proven 0");  // in an answer without a proof of health as well
  EXPECT_EQ(std::get<Ended>(slow.update("a-1", one)).exit_code, 0);
}

TEST_F(BatchUpdate, ABrokenExitFileIsNone) {
  leave("claim", claimed);
  leave("exit", "exit code=0");
  site.script("toy-queue", "echo 1 over 0; echo ok");
  EXPECT_EQ(std::get<Ended>(look()).failure, FailureClass::node);
  leave("exit", "");
  EXPECT_EQ(std::get<Ended>(look()).failure, FailureClass::node);
}

TEST_F(BatchUpdate, TheSchedulersWordIsHeldBackForTheGrace) {
  ToySite slow;  // with the default grace
  std::filesystem::create_directories(slow.host.playground + "/a-1");
  slow.script("toy-queue", "echo 1 over 3; echo ok");
  JobState one = slow.state("a-1", "1");
  EXPECT_TRUE(std::holds_alternative<CannotTell>(slow.update("a-1", one)));
  slow.script("toy-queue", "echo 1 never 0; echo ok");  // there will be no exit file
  EXPECT_TRUE(std::holds_alternative<Ended>(slow.update("a-1", one)));
  // It may be taken up again under the same id, whatever its script wrote.
  slow.write(slow.host.playground + "/a-1/exit", "exit code=143 end\n");
  slow.script("toy-queue", "echo 1 evicted 0; echo ok");
  EXPECT_TRUE(std::holds_alternative<CannotTell>(slow.update("a-1", one)));
}

TEST_F(BatchUpdate, AbsentEverywhereIsGone) {
  site.script("toy-queue", "echo ok");
  const auto gone = std::get<Gone>(look());
  EXPECT_NE(gone.evidence.words.find("no claim and no exit file"), std::string::npos);
}

TEST_F(BatchUpdate, AnExitFileOfAnEarlierRestartDoesNotCount) {
  leave("claim", claimed);
  leave("exit", "exit code=1 end\n");
  site.script("toy-queue", "echo 1 again 1; echo ok");
  EXPECT_TRUE(std::holds_alternative<Waiting>(look()));
  EXPECT_EQ(state.restarts, 1u);
  site.script("toy-queue", "echo ok");
  EXPECT_TRUE(std::holds_alternative<Gone>(look()));
  leave("claim.1", "claim by=script restart=1 mark=1 end\n");
  leave("exit", good_exit);
  EXPECT_EQ(std::get<Ended>(look()).exit_code, 0);
}

TEST_F(BatchUpdate, AnIdThatWasGivenAnewIsNotTheJob) {
  site.script("toy-queue", "echo 1 over 0 other-1; echo ok");
  EXPECT_TRUE(std::holds_alternative<Gone>(look()));
}

TEST_F(BatchUpdate, TheSubmissionThatHasClaimedIsFollowed) {
  leave("claim", "claim by=script restart=0 mark=2 end\n");
  site.script("toy-queue", "echo 1 over 75; echo ok");
  EXPECT_TRUE(std::holds_alternative<CannotTell>(look()));
  EXPECT_EQ(state.id, "2");
}

TEST_F(BatchUpdate, AJobWithoutAnIdIsLookedForByItsToken) {
  state.id.clear();
  site.script("toy-queue", "echo '9 runs 0 a-1'; echo ok");
  EXPECT_TRUE(std::holds_alternative<Running>(look()));
  EXPECT_EQ(state.id, "9");
}

TEST(BatchNameless, IsKilledAndAskedAboutWhereTheSchedulerCanDoSo) {
  for (const bool can : {false, true}) {
    ToySite site(Json{{"nameless", can}});
    site.script("toy-kill", "");
    ToyBackend::KillJob job;
    job.token = "a-1";
    job.state = site.state("a-1", "");
    site.backend.kill(site.host, {&job, 1});
    EXPECT_EQ(job.answer, can ? KillWord::sent : KillWord::cannot_tell);
    EXPECT_EQ(site.calls("toy-kill"), can ? 1u : 0u);
    EXPECT_EQ(site.backend.queries(site.host, job.state).size(), can ? 5u : 4u);
  }
}

TEST(BatchHistory, CompletesWhatTheQueueDoesNotSay) {
  ToySite site(Json{{"exit_grace", "0s"}, {"history", true}});
  JobState state = site.state("a-1", "1");
  site.script("toy-queue", "echo ok");
  site.script("toy-history", "echo 1 limit 0; echo ok");
  EXPECT_EQ(std::get<Ended>(site.update("a-1", state)).failure, FailureClass::wall_time);
  site.script("toy-history", "echo 1 runs; echo ok");  // it lags, or was never told
  EXPECT_TRUE(std::holds_alternative<Gone>(site.update("a-1", state)));
  site.script("toy-history", "echo 1 surely-runs; echo ok");
  EXPECT_TRUE(std::holds_alternative<Running>(site.update("a-1", state)));
  site.script("toy-history", "echo 'no database' >&2; exit 1");
  EXPECT_EQ(std::get<CannotTell>(site.update("a-1", state)).reason, "toy: no database");
  EXPECT_EQ(site.calls("toy-history"), 4u);
}

TEST(BatchQuestions, FilesAndTheFlavoursOwn) {
  ToySite site;
  site.script("toy-sub", "echo id 1");
  site.start({"a-1"});
  site.write(site.host.playground + "/a-1/out", "hello\n");
  const JobState state = site.state("a-1", "1");
  EXPECT_EQ(site.backend.query(site.host, "a-1", state, {"stdout", 0, 100})->text, "hello\n");
  EXPECT_EQ(site.backend.query(site.host, "a-1", state, {"toy", 0, 100})->text, "toy 1 of a-1\n");
  EXPECT_EQ(site.backend.queries(site.host, state).size(), 5u);
}

TEST(BatchTime, ASlowSchedulerHasItsOwnTimeNotTheHosts) {
  ToySite site;
  site.host.timeout_seconds = 1;
  site.script("toy-queue", "sleep 2; echo '7 runs'; echo ok");
  JobState state = site.state("a-1", "7");
  EXPECT_TRUE(std::holds_alternative<observed::Running>(site.update("a-1", state)));
}

TEST(BatchTime, AQuestionIsEndedAtItsLimitOnTheHostToo) {
  ToySite site(Json{{"command_timeout", "1s"}});
  site.script("toy-queue", "echo $$ >$TOY/pid; exec sleep 1000");
  JobState state = site.state("a-1", "7");
  EXPECT_TRUE(std::holds_alternative<observed::CannotTell>(site.update("a-1", state)));
  const std::string pid(trim(site.read(site.folder + "/pid")));
  ASSERT_FALSE(pid.empty());
  EXPECT_FALSE(site.exists("/proc/" + pid));
}

}  // namespace
}  // namespace ketrew::sdk::batch
