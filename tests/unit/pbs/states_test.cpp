#include "backends/pbs/states.hpp"

#include <set>

#include <gtest/gtest.h>

#include "backends/pbs/ending.hpp"
#include "backends/pbs/poll.hpp"
#include "backends/pbs/rows.hpp"
#include "tests/unit/pbs/transcript.hpp"

namespace ketrew::pbs::test {
namespace {

std::string letters(Dialect dialect, Verdict verdict) {
  std::set<char> words;
  for (const auto& state : native_states(dialect))
    if (state.verdict == verdict) words.insert(state.word);
  return std::string(words.begin(), words.end());
}

TEST(States, TheManualPagesLetters) {
  EXPECT_EQ(letters(Dialect::openpbs, Verdict::waiting), "HMQTW");
  EXPECT_EQ(letters(Dialect::openpbs, Verdict::running), "BERSU");
  EXPECT_EQ(letters(Dialect::openpbs, Verdict::ended), "FX");
  EXPECT_EQ(letters(Dialect::torque, Verdict::waiting), "HQTW");
  EXPECT_EQ(letters(Dialect::torque, Verdict::running), "ERS");
  EXPECT_EQ(letters(Dialect::torque, Verdict::ended), "C");
  EXPECT_EQ(letters(Dialect::slurm, Verdict::waiting), "Q");
  EXPECT_EQ(letters(Dialect::slurm, Verdict::running), "RS");
  EXPECT_EQ(letters(Dialect::slurm, Verdict::ended), "C");
  EXPECT_EQ(letters(Dialect::slurm, Verdict::cannot_tell), "U");
}

TEST(States, NoOtherWordIsOne) {
  for (const Dialect dialect : {Dialect::openpbs, Dialect::torque, Dialect::slurm}) {
    std::size_t known = 0;
    for (int c = 0; c < 256; ++c)
      known += find_state(dialect, std::string(1, static_cast<char>(c))) != nullptr;
    EXPECT_EQ(known, native_states(dialect).size());
    EXPECT_EQ(find_state(dialect, ""), nullptr);
    EXPECT_EQ(find_state(dialect, "RR"), nullptr);
    EXPECT_EQ(find_state(dialect, "Running"), nullptr);
  }
}

sdk::batch::Row row(Dialect dialect, const std::string& lines) {
  std::string text = "Job Id: 7.vm\n" + lines + "\n";
  const auto blocks = read_listing(text);
  EXPECT_EQ(blocks.size(), 1u);
  return to_row(blocks.front(), dialect);
}
observed::Ended ended(Dialect dialect, const std::string& lines) {
  const auto seen = row(dialect, lines);
  const auto* end = std::get_if<observed::Ended>(&seen.observation);
  EXPECT_NE(end, nullptr) << words(seen.observation);
  return end ? *end : observed::Ended{};
}

TEST(ExitStatus, OfOpenPbs) {
  const std::string ran = "    job_state = F\n    stime = Sun Nov 22 06:25:23 2026\n";
  for (const int code : {0, 1, 3, 127, 137, 200, 254, 255}) {
    const auto end =
        ended(Dialect::openpbs, ran + "    Exit_status = " + std::to_string(code) + "\n");
    EXPECT_EQ(end.exit_code, code);
    EXPECT_FALSE(end.signal || end.failure);
  }
  for (const int signal : {1, 9, 11, 15}) {
    const auto end =
        ended(Dialect::openpbs, ran + "    Exit_status = " + std::to_string(256 + signal) + "\n");
    EXPECT_EQ(end.signal, signal);
    EXPECT_FALSE(end.exit_code || end.failure);
  }
  const auto deleted =
      ended(Dialect::openpbs, ran + "    substate = 91\n    Exit_status = 271\n");
  EXPECT_EQ(deleted.failure, FailureClass::cancelled_outside);
  EXPECT_EQ(ended(Dialect::openpbs, ran + "    Exit_status = -29\n").failure,
            FailureClass::wall_time);
  EXPECT_EQ(ended(Dialect::openpbs, ran + "    Exit_status = -27\n").failure,
            FailureClass::out_of_memory);
  EXPECT_EQ(ended(Dialect::openpbs, ran + "    Exit_status = -2\n").failure,
            FailureClass::never_started);
  EXPECT_TRUE(row(Dialect::openpbs, ran + "    Exit_status = -2\n").never_ran);
  // Older versions end what is over its limit with a signal and no more words.
  const auto over = ended(Dialect::openpbs,
                          ran + "    resources_used.walltime = 01:00:02\n"
                                "    Resource_List.walltime = 01:00:00\n    Exit_status = 271\n");
  EXPECT_EQ(over.failure, FailureClass::wall_time);
}

TEST(ExitStatus, ThatIsNotThereIsNeverASuccess) {
  const auto queued = row(Dialect::openpbs, "    job_state = F\n    substate = 91\n");
  EXPECT_TRUE(queued.never_ran);
  EXPECT_EQ(std::get<observed::Ended>(queued.observation).failure,
            FailureClass::cancelled_outside);
  // A job whose `afterok` failed has the substate of a job that finished as it should.
  const auto dependent = row(Dialect::openpbs, "    job_state = F\n    substate = 92\n");
  EXPECT_TRUE(dependent.never_ran);
  EXPECT_EQ(std::get<observed::Ended>(dependent.observation).failure,
            FailureClass::never_started);
  const auto lost = row(Dialect::openpbs,
                        "    job_state = F\n    exec_host = n1/0\n    substate = 92\n");
  EXPECT_FALSE(lost.never_ran);
  // Nothing is said of how: a class would go before the job's own exit file.
  EXPECT_FALSE(std::get<observed::Ended>(lost.observation).failure);
  std::string of_slurm = "Job Id:\t7\n\tjob_state = C\n\texec_host = n1/1\n\n";
  const auto slurm = to_row(read_listing(of_slurm).front(), Dialect::slurm);
  EXPECT_FALSE(std::get<observed::Ended>(slurm.observation).failure);
}

TEST(ExitStatus, ThatIsNoNumberIsCannotTell) {
  for (const char* text : {"zero", "0x0", "00", "1 ", "+1", "0\t", "99999999999999999999"}) {
    const auto seen = row(Dialect::openpbs,
                          std::string("    job_state = F\n    Exit_status = ") + text + "\n");
    EXPECT_TRUE(std::holds_alternative<observed::CannotTell>(seen.observation)) << text;
  }
  for (const char* text : {"256", "400", "-500"}) {  // an end, and no success
    const auto end =
        ended(Dialect::openpbs, std::string("    job_state = F\n    Exit_status = ") + text + "\n");
    EXPECT_TRUE(end.failure) << text;
  }
}

TEST(ExitStatus, OfTorque) {
  const std::string ran =
      "    job_state = C\n    start_time = Sun Nov 22 06:25:23 2026\n"
      "    comp_time = Sun Nov 22 06:26:23 2026\n";
  const auto end = ended(Dialect::torque, ran + "    exit_status = 3\n");
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(*end.ended_at - *end.started_at, std::chrono::minutes(1));
  EXPECT_EQ(ended(Dialect::torque, ran + "    exit_status = -11\n").failure,
            FailureClass::wall_time);
  EXPECT_EQ(ended(Dialect::torque, ran + "    exit_status = -10\n").failure,
            FailureClass::out_of_memory);
  const auto deleted = ended(Dialect::torque, ran + "    exit_status = 271\n");
  EXPECT_EQ(deleted.signal, 15);
  EXPECT_EQ(deleted.failure, FailureClass::cancelled_outside);
  EXPECT_FALSE(ended(Dialect::torque, ran + "    exit_status = 267\n").failure);
  EXPECT_TRUE(row(Dialect::torque, "    job_state = C\n    exit_status = 271\n").never_ran);
  EXPECT_FALSE(ended(Dialect::torque, "    job_state = C\n    exec_host = n/0\n").failure);
}

// PBS counts runs that never came to the script: an exit file must not be held against that count.
TEST(Runs, AreShownAndNotCounted) {
  const auto again = row(Dialect::openpbs, "    job_state = R\n    run_count = 2\n");
  EXPECT_EQ(again.shown["runs"], "2");
  EXPECT_FALSE(again.restarts);
  EXPECT_FALSE(row(Dialect::openpbs, "    job_state = R\n    run_count = 1\n").shown.contains("runs"));
  EXPECT_EQ(row(Dialect::torque, "    job_state = R\n    start_count = 3\n").shown["runs"], "3");
}

TEST(Waiting, HasTheSchedulersReason) {
  const auto reason = [](const std::string& lines) {
    const auto seen = row(Dialect::openpbs, lines);
    const auto* waiting = std::get_if<observed::Waiting>(&seen.observation);
    return waiting ? waiting->reason : words(seen.observation);
  };
  EXPECT_EQ(reason("    job_state = Q\n    comment = Not Running: Not enough free nodes\n"),
            "queued: Not Running: Not enough free nodes");
  EXPECT_EQ(reason("    job_state = H\n    Hold_Types = s\n    substate = 22\n"),
            "held, waits for another job (depend) by the system");
  EXPECT_EQ(reason("    job_state = W\n    Execution_Time = Sun Nov 22 06:29:24 2026\n"),
            "waiting for its time, not before Sun Nov 22 06:29:24 2026 UTC");
}

TEST(Listing, AValueThatLooksLikeAnAttributeMakesDoubt) {
  // As the plain form prints it; -w writes the line ends as \n.
  const auto seen = row(Dialect::openpbs,
                        "    job_state = H\n    Variable_List = A=x\n    job_state = F\n"
                        "    Exit_status = 0\n");
  EXPECT_TRUE(std::holds_alternative<observed::CannotTell>(seen.observation));
  const auto wide = row(Dialect::openpbs,
                        "    job_state = H\n"
                        "    Variable_List = A=x\\n    job_state = F\\n    Exit_status = 0\n");
  EXPECT_TRUE(std::holds_alternative<observed::Waiting>(wide.observation));
}

TEST(Listing, WrappedValuesAreJoined) {
  const auto seen = row(Dialect::openpbs,
                        "    job_state = Q\n    comment = Not Running: Not eno\n\tugh nodes\n");
  EXPECT_EQ(std::get<observed::Waiting>(seen.observation).reason,
            "queued: Not Running: Not enough nodes");
}

TEST(Reuse, ANumberThatAnotherJobWasGiven) {
  auto job = asked("7.vm");
  job.state.submitted_ms = 1'795'328'723'000;  // 22 November 2026, 06:25
  const auto is_another = [&](const std::string& lines) {
    std::string text = "Job Id: 7.vm\n    job_state = R\n" + lines + "\n";
    return is_another_job(read_listing(text).front(), Dialect::openpbs, job);
  };
  EXPECT_FALSE(is_another("    Job_Name = x-01kb5w1k2z8nqz2j4w6q0r7t3v-1\n"));
  EXPECT_TRUE(is_another("    Job_Name = x-01kb5w1k2z8nqz2j4w6q0r7t3v-2\n"));
  EXPECT_FALSE(is_another("    Job_Name = renamed\n    ctime = Sun Nov 22 06:25:23 2026\n"));
  EXPECT_TRUE(is_another("    Job_Name = other\n    ctime = Fri Dec 25 06:25:23 2026\n"));
  EXPECT_FALSE(is_another("    Job_Name = other\n"));
}

TEST(Poll, ForeignJobsAndDoubleIdsAreNotBelieved) {
  Recording recording{"qstat", "Job Id: 8.vm\n    job_state = F\n    Exit_status = 0\n\n", "", 0};
  auto answer = read_poll(framed(recording, Dialect::openpbs, "queue"), asked_all({"7.vm"}));
  EXPECT_FALSE(answer.healthy);
  EXPECT_TRUE(answer.rows.empty());
  recording.out += "Job Id: 8.vm\n    job_state = R\n\n";
  answer = read_poll(framed(recording, Dialect::openpbs, "queue"), asked_all({"8.vm"}));
  for (const auto& each : answer.rows)
    EXPECT_TRUE(std::holds_alternative<observed::CannotTell>(each.observation));
}

}  // namespace
}  // namespace ketrew::pbs::test
