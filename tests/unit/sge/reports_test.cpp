// What the recordings do not have: states that are hard to bring about, several records of a job.
#include <gtest/gtest.h>

#include <set>

#include "backends/sge/scheduler.hpp"
#include "backends/sge/states.hpp"

namespace ketrew::sge {
namespace {

using namespace sdk::batch;

const std::string token = "01kb5w1k2z8nqz2j4w6q0r7t3v-1";

AskedJob job(const std::string& id) {
  AskedJob asked;
  asked.token = token;
  asked.state.id = id;
  return asked;
}

std::string qstat(const std::vector<std::pair<std::string, std::string>>& id_and_state,
                  const std::string& name = "ketrew." + token) {
  std::string text = "<?xml version='1.0'?>\n<job_info  xmlns:xsd=\"x\">\n  <queue_info>\n  </queue_info>\n  <job_info>\n";
  for (const auto& [id, state] : id_and_state)
    text += "    <job_list state=\"pending\">\n      <JB_job_number>" + id + "</JB_job_number>\n      <JB_name>" +
            name + "</JB_name>\n      <state>" + state + "</state>\n      <queue_name></queue_name>\n    </job_list>\n";
  return text + "  </job_info>\n</job_info>\n";
}

std::string record(const std::string& id, int failed, int status, const std::string& category = "NONE") {
  return "==============================================================\njobname      ketrew." + token +
         "\njobnumber    " + id + "\nfailed       " + std::to_string(failed) + " : words\nexit_status  " +
         std::to_string(status) + "\ncategory     " + category + "\n";
}

TEST(SgeStates, AreAClosedTable) {
  const auto verdict = [](std::string_view word) { return native_state(word).verdict; };
  // Of qstat(1) and sge_status(5), by group.
  for (const char* word : {"qw", "hqw", "hRwq", "hRqw", "Rq", "Rqw", "w", "dqw"})
    EXPECT_EQ(verdict(word), Verdict::waiting) << word;
  for (const char* word : {"r", "t", "Rr", "Rt", "hr", "ht", "s", "ts", "S", "tS", "T", "tT", "sT", "Rs",
                           "Rts", "RS", "RtS", "RT", "RtT", "dr", "dt", "dRr", "ds", "dS", "dT", "dRs", "P", "N"})
    EXPECT_EQ(verdict(word), Verdict::running) << word;
  for (const char* word : {"Eqw", "Ehqw", "EhRqw"}) EXPECT_EQ(verdict(word), Verdict::error) << word;
  for (const char* word : {"", "x", "qz", "r?", "DONE"}) EXPECT_EQ(verdict(word), Verdict::cannot_tell) << word;
  EXPECT_TRUE(native_state("dRr").restarted);
  EXPECT_TRUE(native_state("dRr").deleted);
  std::set<int> codes;
  for (const auto& code : failed_codes()) EXPECT_TRUE(codes.insert(code.code).second) << code.code;
  EXPECT_EQ(failed_code(22), nullptr);
}

TEST(SgeQueue, AHealthyAnswerWithoutTheJobProvesItsAbsence) {
  const std::vector<AskedJob> jobs = {job("7")};
  const Answer none = GridEngine().read_queue({0, qstat({}), ""}, jobs);
  EXPECT_TRUE(none.healthy);
  EXPECT_TRUE(none.rows.empty());
  EXPECT_FALSE(GridEngine().read_queue({0, "", ""}, jobs).healthy);
  EXPECT_FALSE(GridEngine().read_queue({1, qstat({}), ""}, jobs).healthy);
  EXPECT_FALSE(GridEngine().read_queue({124, "", ""}, jobs).healthy);
}

TEST(SgeQueue, ErrorsAreShownWithTheirReason) {
  const std::vector<AskedJob> jobs = {job("7"), job("8")};
  const Answer answer = GridEngine().read_queue(
      {0,
       qstat({{"7", "Eqw"}, {"8", "Rr"}}) +
           "ketrew-second-answer\njob_number:                 7\nerror reason          1:      11/22/2026 can't chdir\n",
       ""},
      jobs);
  ASSERT_EQ(answer.rows.size(), 2U);
  EXPECT_NE(std::get<observed::Waiting>(answer.rows[0].observation).reason.find("can't chdir"),
            std::string::npos);
  EXPECT_EQ(answer.rows[1].restarts, 1U);
}

TEST(SgeQueue, AnIdThatWasGivenAnewIsNotTheJob) {
  const std::vector<AskedJob> jobs = {job("7")};
  const Answer answer = GridEngine().read_queue({0, qstat({{"7", "r"}}, "other"), ""}, jobs);
  ASSERT_EQ(answer.rows.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<observed::CannotTell>(answer.rows[0].observation));
}

TEST(SgeHistory, TheLastRunCounts) {
  const std::vector<AskedJob> jobs = {job("7"), job("8")};
  const Answer answer = GridEngine().read_history(
      {0, record("7", 25, 0) + record("7", 0, 3) + record("8", 0, 3) + record("8", 25, 0) + "ketrew-qacct 0\n", ""},
      jobs);
  EXPECT_TRUE(answer.healthy);
  ASSERT_EQ(answer.rows.size(), 1U);  // 8 is to run again
  EXPECT_EQ(std::get<observed::Ended>(answer.rows[0].observation).exit_code, 3);
}

TEST(SgeHistory, LimitsAreToldApart) {
  const auto failure = [](const std::string& category) {
    const std::vector<AskedJob> jobs = {job("7")};
    const Answer answer = GridEngine().read_history({0, record("7", 37, 137, category), ""}, jobs);
    return std::get<observed::Ended>(answer.rows.at(0).observation).failure;
  };
  EXPECT_EQ(failure("-l h_rt=5"), FailureClass::wall_time);
  EXPECT_EQ(failure("-l h_vmem=1G"), FailureClass::out_of_memory);
  EXPECT_EQ(failure("-l h_rt=5,h_vmem=1G -pe smp 2"), FailureClass::wall_time);
  EXPECT_EQ(failure("NONE"), FailureClass::wall_time);
}

TEST(SgeHistory, UnknownCodesAndCutAnswersProveNothing) {
  const std::vector<AskedJob> jobs = {job("7")};
  EXPECT_TRUE(GridEngine().read_history({0, record("7", 22, 0), ""}, jobs).rows.empty());
  EXPECT_FALSE(GridEngine().read_history({0, "", ""}, jobs).healthy);
  EXPECT_FALSE(GridEngine().read_history({0, record("7", 0, 3) + "ketrew-qacct 124\n", ""}, jobs).healthy);
  EXPECT_TRUE(GridEngine().read_history({1, "", "error: job id 7 not found\n"}, jobs).healthy);
}

TEST(SgeKill, IdsAreNotTakenForParts) {
  const std::vector<AskedJob> jobs = {job("2"), job("27")};
  const auto answers = GridEngine().read_kill({1, "root has deleted job 27\ndenied: job \"2\" does not exist\n", ""}, jobs);
  EXPECT_EQ(answers[0].word, sdk::KillWord::already_over);
  EXPECT_EQ(answers[1].word, sdk::KillWord::sent);
}

}  // namespace
}  // namespace ketrew::sge
