#include "backends/slurm/answers.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/slurm/transcripts.hpp"

namespace ketrew::slurm {
namespace {

using sdk::InDoubt;
using sdk::Refused;
using sdk::batch::Row;
using sdk::batch::Submitted;

constexpr const char* ours = "30-ketrew.txt";  // the backend's own questions

std::map<std::string, Row> by_id(const Answer& answer) {
  std::map<std::string, Row> rows;
  for (const auto& row : answer.rows) rows[row.id] = row;
  return rows;
}
// Whose end is told: a row that carries a token is of that attempt only, whatever its id.
std::set<std::string> ended(const Answer& answer) {
  std::set<std::string> whose;
  for (const auto& row : answer.rows)
    if (std::holds_alternative<observed::Ended>(row.observation))
      whose.insert(row.token.empty() ? row.id : row.token);
  return whose;
}
std::string heading = "JOBID|STATE|EXIT_CODE|RESTART_COUNT|START_TIME|END_TIME|NODELIST|PARTITION|"
                      "REASON|WORK_DIR|COMMENT\n";
Answer squeue(const std::string& rows, const std::string& end = "ketrew-end 0\n") {
  return read_squeue({0, heading + rows + end, ""});
}

TEST(Squeue, EachStateIsToldWithWhatBelongsToIt) {
  const Answer answer = squeue(
      "1|PENDING|0|0|N/A|N/A||debug|Priority|/pg/a-1|ketrew:a-1\n"
      "2|RUNNING|0|1|1795604052|1795607652|n1|debug|None|/pg/b-1|ketrew:b-1\n"
      "3|FAILED|768|0|1795604052|1795604053|n1|debug|NonZeroExitCode|/pg/c-1|ketrew:c-1\n"
      "4|TIMEOUT|15|0|1795604052|1795604053|n1|debug|TimeLimit|/pg/d-1|x|y\n"
      "5|CANCELLED|0|0|1795604078|1795604078||debug|JobHeldUser|/pg/e-1|ketrew:e-1\n"
      "6|SUSPENDED|0|0|1795604078|N/A|n1|debug|None|/pg/f-1|ketrew:f-1\n"
      "7|FAILED|53|0|1795604078|1795604079|n1|debug|JobLaunchFailure|/pg/g-1|\n");
  ASSERT_TRUE(answer.healthy) << answer.problem;
  const auto rows = by_id(answer);
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_EQ(std::get<observed::Waiting>(rows.at("1").observation).reason, "Priority");
  const auto running = std::get<observed::Running>(rows.at("2").observation);
  EXPECT_EQ(running.phase, "running");
  EXPECT_EQ(unix_milliseconds(*running.started_at), 1795604052000);
  EXPECT_EQ(rows.at("2").restarts, 1u);
  EXPECT_EQ(rows.at("2").shown["nodes"], "n1");
  EXPECT_EQ(rows.at("2").token, "b-1");
  EXPECT_EQ(rows.at("4").token, "d-1");  // the site has changed the comment
  EXPECT_EQ(std::get<observed::Ended>(rows.at("3").observation).exit_code, 3);
  const auto timeout = std::get<observed::Ended>(rows.at("4").observation);
  EXPECT_EQ(timeout.failure, FailureClass::wall_time);
  EXPECT_EQ(timeout.signal, 15);
  EXPECT_EQ(std::get<observed::Ended>(rows.at("5").observation).failure,
            FailureClass::cancelled_outside);
  EXPECT_TRUE(rows.at("5").never_ran);
  EXPECT_FALSE(rows.at("3").never_ran);
  EXPECT_EQ(std::get<observed::Running>(rows.at("6").observation).phase, "suspended");
  EXPECT_EQ(std::get<observed::Ended>(rows.at("7").observation).failure,
            FailureClass::never_started);
}

TEST(Squeue, HealthIsProvenByHeadingAndEnd) {
  EXPECT_TRUE(squeue("").healthy);
  EXPECT_FALSE(squeue("", "").healthy);
  EXPECT_FALSE(squeue("", "ketrew-end 1\n").healthy);
  EXPECT_FALSE(read_squeue({0, "ketrew-end 0\n", ""}).healthy);
  EXPECT_FALSE(read_squeue({0, "", ""}).healthy);
  EXPECT_TRUE(read_squeue({0, "ketrew-end 1\n", "slurm_load_jobs error: Invalid job id specified\n"})
                  .healthy);
  const auto down = read_squeue(
      {0, "ketrew-end 1\n",
       "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"});
  EXPECT_FALSE(down.healthy);
  EXPECT_NE(down.problem.find("Unable to contact"), std::string::npos);
  EXPECT_TRUE(read_squeue({0, "Welcome!\n" + heading + "ketrew-end 0\n", ""}).healthy);
}

TEST(Squeue, AnUnknownStateTellsNothing) {
  const auto rows = by_id(squeue("1|DANCING|0|0|N/A|N/A||debug|None|/pg/a-1|ketrew:a-1\n"));
  EXPECT_TRUE(std::holds_alternative<observed::CannotTell>(rows.at("1").observation));
}

TEST(Sacct, RowsAndStepsAreReadUnderTheirHeading) {
  const Answer answer = read_sacct(
      {0,
       "JobIDRaw|State|ExitCode|Start|End|MaxRSS|TotalCPU|NodeList|WorkDir\n"
       "1|FAILED|3:0|1795604052|1795604053||00:01.500|n1|/pg/a-1\n"
       "1.batch|FAILED|3:0|1795604052|1795604053|2048K|00:01.500|n1|\n"
       "2|CANCELLED by 0|0:0|1795604052|1795604053||00:00:00|None assigned|/pg/b-1\n"
       "3|RUNNING|0:0|1795604052|Unknown||00:00:00|n1|/pg/c-1\n"
       "4||3:0|1795604052|1795604053||00:00:00|n1|/pg/d-1\n"
       "ketrew-end 0\n",
       ""});
  ASSERT_TRUE(answer.healthy);
  const auto rows = by_id(answer);
  ASSERT_EQ(rows.size(), 3u);
  const auto failed = std::get<observed::Ended>(rows.at("1").observation);
  EXPECT_EQ(failed.exit_code, 3);
  EXPECT_EQ(failed.usage["max_rss_bytes"], 2048 * 1024);
  EXPECT_EQ(failed.usage["cpu_ms"], 1500);
  EXPECT_TRUE(rows.at("2").never_ran);
  EXPECT_TRUE(std::holds_alternative<observed::Running>(rows.at("3").observation));
  EXPECT_EQ(rows.at("3").token, "c-1");
}

TEST(Sacct, WithoutAccountingNothingIsKnownThereAndWithoutItsDatabaseNothingIsTold) {
  EXPECT_TRUE(
      read_sacct({0, "Slurm accounting storage is disabled\nketrew-end 0\n", ""}).healthy);
  EXPECT_FALSE(read_sacct({0,
                           "sacct: error: Problem talking to the database: Connection refused\n"
                           "ketrew-end 1\n",
                           ""})
                   .healthy);
}

TEST(Sbatch, OneIdIsTheOnlyYes) {
  const auto id = [](const std::string& out, int code = 0) {
    const auto answer = read_sbatch({code, out, ""});
    const auto* yes = std::get_if<Submitted>(&answer);
    return yes ? yes->id : "";
  };
  EXPECT_EQ(id("5\n"), "5");
  EXPECT_EQ(id("5;cluster\n"), "5");
  EXPECT_EQ(id("Welcome to the site\n5\n"), "5");
  EXPECT_EQ(id("5\n6\n"), "");
  EXPECT_EQ(id(""), "");
  EXPECT_EQ(id("0\n"), "");
  EXPECT_EQ(id("5\n", 1), "");
  EXPECT_EQ(id("job 5\n"), "");
}

TEST(Sbatch, RefusalsOfTheTranscripts) {
  std::size_t refused = 0, doubts = 0;
  for (const auto& one : transcripts()) {
    if (one.command.find("sbatch --parsable") == std::string::npos) continue;
    if (one.output.exit_code == 0) continue;
    const auto answer = read_sbatch(one.output);
    EXPECT_FALSE(std::holds_alternative<Submitted>(answer)) << one.command;
    const bool timed_out = one.output.err.find("timed out") != std::string::npos;
    EXPECT_EQ(std::holds_alternative<InDoubt>(answer), timed_out)
        << one.file << ": " << one.command << one.output.err;
    if (const auto* refusal = std::get_if<Refused>(&answer)) {
      ++refused;
      const bool down = one.output.err.find("contact") != std::string::npos ||
                        one.output.err.find("auth_g_create") != std::string::npos ||
                        one.output.err.find("not found") != std::string::npos ||
                        one.output.err.find("Unable to open") != std::string::npos;
      EXPECT_EQ(refusal->for_ever, !down) << one.output.err;
    } else {
      ++doubts;
    }
  }
  EXPECT_GT(refused, 15u);
  EXPECT_GE(doubts, 2u);
}

// F1: nothing was taken only where no connection came about.
TEST(Sbatch, WhatMayHaveBeenTakenIsInDoubt) {
  const auto answer_of = [](const std::string& err) { return read_sbatch({1, "", err}); };
  const std::string failed = "sbatch: error: Batch job submission failed: ";
  const auto unsent = answer_of(failed + "Unable to contact slurm controller (connect failure)\n");
  ASSERT_TRUE(std::holds_alternative<Refused>(unsent));
  EXPECT_FALSE(std::get<Refused>(unsent).for_ever);
  for (const std::string words :
       {"Unable to contact slurm controller (send failure)",
        "Unable to contact slurm controller (receive failure)",
        "Socket timed out on send/recv operation", "Zero Bytes were transmitted or received",
        "Resource temporarily unavailable", "Unexpected message received"}) {
    EXPECT_TRUE(std::holds_alternative<InDoubt>(answer_of(failed + words + "\n"))) << words;
    // ... whatever was said of tries before.
    EXPECT_TRUE(std::holds_alternative<InDoubt>(
        answer_of("sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying\n" +
                  failed + words + "\nsbatch: Requested nodes are busy\n")))
        << words;
  }
}

TEST(Scancel, EachJobHasItsAnswer) {
  std::vector<AskedJob> jobs(3);
  jobs[0].state.id = "1";
  jobs[1].state.id = "2";
  jobs[2].state.id = "3";
  const auto some = read_scancel(
      {0,
       "scancel: Terminating job 1\n"
       "scancel: error: Kill job error on job id 2: Job/step already completing or completed\n"
       "scancel: error: Kill job error on job id 3: Access/permission denied\nketrew-end 210\n",
       ""},
      jobs);
  EXPECT_EQ(some[0].word, sdk::KillWord::sent);
  EXPECT_EQ(some[1].word, sdk::KillWord::already_over);
  EXPECT_EQ(some[2].word, sdk::KillWord::cannot_tell);
  // What says nothing of a job, whatever the exit code: a message that is another program's, an error
  // about another job.
  for (const char* out : {"", "*** maintenance ***\nketrew-end 0\n", "ketrew-end 0\n",
                          "scancel: error: Kill job error on job id 4: Unable to contact slurm "
                          "controller (connect failure)\nketrew-end 8\n"})
    for (const auto& answer : read_scancel({0, out, ""}, jobs))
      EXPECT_EQ(answer.word, sdk::KillWord::cannot_tell) << out;
}

// The recorded answers to the backend's own questions, cut and spoiled at every place.
TEST(Transcripts, WhatIsCutOrSpoiledYieldsNoOutcomeThatTheWholeDoesNotHave) {
  std::size_t looked = 0, outcomes = 0;
  for (const auto& one : transcripts(ours)) {
    const bool is_queue = one.command.find("squeue") != std::string::npos;
    if (!is_queue && one.command.find("sacct") == std::string::npos) continue;
    const auto read = [&](const std::string& out) {
      const sdk::batch::ShellOutput output{0, out, one.output.err};
      if (one.command.find("now-14days") != std::string::npos) return read_find(output);
      return is_queue ? read_squeue(output) : read_sacct(output);
    };
    const Answer whole = read(one.output.out);
    // Whoever asks takes a row of his id, unless it carries the token of somebody else.
    std::set<std::string> known;
    std::map<std::string, std::string> tokens;
    for (const auto& row : whole.rows) {
      tokens[row.id] = row.token;
      if (std::holds_alternative<observed::Ended>(row.observation)) known.insert(row.id);
    }
    outcomes += known.size();
    ++looked;
    const auto check = [&](const std::string& text, bool cut) {
      const Answer answer = read(text);
      for (const auto& row : answer.rows) {
        const auto of = tokens.find(row.id);
        if (!std::holds_alternative<observed::Ended>(row.observation) || of == tokens.end() ||
            (!row.token.empty() && row.token != of->second))
          continue;
        EXPECT_TRUE(known.count(row.id)) << row.id << "\n" << text;
      }
      if (cut) {
        EXPECT_FALSE(answer.healthy) << text;
      }
    };
    const std::string& out = one.output.out;
    for (std::size_t i = 0; i < out.size(); ++i) {
      check(out.substr(0, i), true);
      for (const char spoiled : {'?', '|', '\n', '\xff'}) {
        std::string text = out;
        text[i] = spoiled;
        check(text, false);
      }
    }
  }
  EXPECT_GT(looked, 6u);
  EXPECT_GT(outcomes, 20u);
}

// Nor do the answers to other questions, whoever is given them.
TEST(Transcripts, AnswersToOtherQuestionsTellNothing) {
  for (const auto& one : transcripts()) {
    if (one.file == ours) continue;
    EXPECT_FALSE(read_squeue(one.output).healthy) << one.command;
    EXPECT_TRUE(ended(read_squeue(one.output)).empty()) << one.command;
    EXPECT_FALSE(read_sacct(one.output).healthy) << one.command;
    EXPECT_TRUE(ended(read_find(one.output)).empty()) << one.command;
  }
}

TEST(Transcripts, TheStatesOfTheRecordedJobs) {
  std::map<std::string, Row> last;
  for (const auto& one : transcripts(ours))
    if (one.command.find("squeue") != std::string::npos)
      for (const auto& [id, row] : by_id(read_squeue(one.output))) last[id] = row;
  std::map<std::optional<FailureClass>, int> classes;
  int restarted = 0;
  for (const auto& [id, row] : last) {
    if (const auto* end = std::get_if<observed::Ended>(&row.observation)) ++classes[end->failure];
    restarted += row.restarts.value_or(0) > 0;
  }
  EXPECT_GE(classes[FailureClass::wall_time], 1);
  EXPECT_GE(classes[FailureClass::node], 1);
  EXPECT_GE(classes[FailureClass::cancelled_outside], 2);
  EXPECT_GE(classes[FailureClass::never_started], 1);
  EXPECT_GE(classes[std::nullopt], 3);  // ok, exit 3, killed
  EXPECT_GE(restarted, 1);
}

}  // namespace
}  // namespace ketrew::slurm
