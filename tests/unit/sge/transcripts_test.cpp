// What is made of each recording: held against transcripts.golden, a line a recording. And what is
// made of damaged copies: nothing that the whole did not say.
#include <gtest/gtest.h>

#include <map>

#include "backends/sge/accounting.hpp"
#include "backends/sge/names.hpp"
#include "backends/sge/qstat_report.hpp"
#include "backends/sge/scheduler.hpp"
#include "core/base/text.hpp"
#include "tests/transcripts/recordings.hpp"

namespace ketrew::sge {
namespace {

using namespace sdk::batch;
using test::Recording;

std::string shown(const Observation& observation) {
  Json json = to_json(observation);
  if (json.contains("evidence")) {
    json["words"] = json["evidence"].value("words", "");
    json.erase("evidence");
  }
  return json.dump();
}

enum class Form { none, queue, history, submission, kill };

Form form_of(const Recording& recording) {
  const auto words = test::words(recording);
  const auto has = [&](const char* word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (words.empty()) return Form::none;
  if (words[0] == "qstat" && !has("-j") && (has("-xml") || recording.output.exit_code != 0))
    return Form::queue;
  if (words[0] == "qacct") return Form::history;
  if (words[0] == "qsub" && !has("-help") && !has("-verify")) return Form::submission;
  if (recording.command.find("qdel") != std::string::npos && words.back() != "qdel") return Form::kill;
  return Form::none;
}

// The jobs that the answer or the command names, as if each had been submitted under its name there.
std::vector<AskedJob> asked(const Recording& recording) {
  std::map<std::string, std::string> names;
  for (const QstatJob& job : read_qstat(recording.output.out).jobs) names[job.id] = job.name;
  for (const AccountingRecord& record : read_accounting(recording.output.out))
    names[record.id] = record.name;
  for (const std::string& word : test::words(recording))
    if (!sge_id(word).empty()) names.try_emplace(word, "01abc-1");
  std::vector<AskedJob> jobs;
  for (const auto& [id, name] : names) {
    AskedJob job;
    job.token = name;
    job.state.id = id;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::string shown(const Answer& answer) {
  std::string text = answer.healthy ? "healthy" : "not healthy (" + answer.problem + ")";
  for (const Row& row : answer.rows)
    text += "; " + row.id + " " + shown(row.observation) + (row.never_ran ? " never-ran" : "") +
            (row.restarts ? " restarts " + std::to_string(*row.restarts) : "");
  return text;
}

std::string shown(const SubmitAnswer& answer) {
  if (const auto* yes = std::get_if<Submitted>(&answer)) return "submitted " + yes->id;
  if (const auto* no = std::get_if<sdk::Refused>(&answer))
    return std::string("refused for ") + (no->for_ever ? "ever: " : "now: ") + no->why;
  return "in doubt: " + std::get<sdk::InDoubt>(answer).why;
}

TEST(SgeTranscripts, AreReadAsBefore) {
  const GridEngine sge;
  std::vector<std::string> lines;
  for (const Recording& recording : test::recordings("sge")) {
    const auto jobs = asked(recording);
    std::string result;
    switch (form_of(recording)) {
      case Form::none: continue;
      case Form::queue: result = shown(sge.read_queue(recording.output, jobs)); break;
      case Form::history: result = shown(sge.read_history(recording.output, jobs)); break;
      case Form::submission: result = shown(sge.read_submission(recording.output)); break;
      case Form::kill: {
        const auto answers = sge.read_kill(recording.output, jobs);
        for (std::size_t i = 0; i < jobs.size(); ++i)
          result += (i ? "; " : "") + jobs[i].state.id + " " +
                    std::string(protocol::to_string(answers[i].word)) +
                    (answers[i].why.empty() ? "" : " (" + answers[i].why + ")");
        break;
      }
    }
    lines.push_back(recording.file + " | " + recording.command + " | " + result);
  }
  EXPECT_GT(lines.size(), 50U);
  EXPECT_EQ(test::golden_difference(KETREW_SGE_GOLDEN, lines), "");
}

std::string outcome(const observed::Ended& ended) {
  return (ended.exit_code ? "code " + std::to_string(*ended.exit_code) : "") +
         (ended.signal ? "signal " + std::to_string(*ended.signal) : "");
}

TEST(SgeTranscripts, DamagedCopiesNeverSayMore) {
  const GridEngine sge;
  std::size_t looked = 0;
  for (const Recording& recording : test::recordings("sge")) {
    const Form form = form_of(recording);
    if (form != Form::queue && form != Form::history) continue;
    const auto jobs = asked(recording);
    const auto read = [&](const ShellOutput& output) {
      return form == Form::queue ? sge.read_queue(output, jobs) : sge.read_history(output, jobs);
    };
    const Answer whole = read(recording.output);
    std::map<std::string, std::string> ends;
    for (const Row& row : whole.rows)
      if (const auto* ended = std::get_if<observed::Ended>(&row.observation))
        ends[row.id] = outcome(*ended);
    test::for_each_damaged(recording.output.out, [&](const std::string& damaged) {
      ShellOutput output = recording.output;
      output.out = damaged;
      const Answer answer = read(output);
      ++looked;
      for (const Row& row : answer.rows)
        if (const auto* ended = std::get_if<observed::Ended>(&row.observation)) {
          ASSERT_TRUE(ends.contains(row.id)) << recording.command << "\n" << damaged;
          ASSERT_EQ(ends[row.id], outcome(*ended)) << recording.command << "\n" << damaged;
        }
      // A queue that is healthy has all its rows.
      if (form == Form::queue && answer.healthy) {
        ASSERT_EQ(answer.rows.size(), whole.rows.size()) << recording.command << "\n" << damaged;
      }
    });
  }
  EXPECT_GT(looked, 5'000U);
}

}  // namespace
}  // namespace ketrew::sge
