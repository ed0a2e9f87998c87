// What is made of each recording: held against transcripts.golden, a line a recording. And what is
// made of damaged copies: nothing that the whole did not say.
#include <gtest/gtest.h>

#include <map>

#include "backends/lsf/long_report.hpp"
#include "backends/lsf/names.hpp"
#include "backends/lsf/scheduler.hpp"
#include "core/base/text.hpp"
#include "tests/transcripts/recordings.hpp"

namespace ketrew::lsf {
namespace {

using namespace sdk::batch;
using test::Recording;

const std::int64_t recorded = 1'795'329'000'000;  // 2026-11-22T06:30:00Z

std::string shown(const Observation& observation) {
  Json json = to_json(observation);
  if (json.contains("evidence")) {
    json["words"] = json["evidence"].value("words", "");
    json.erase("evidence");
  }
  return json.dump();
}

// The jobs of the command line, as if each had been submitted under the name that it has there.
std::vector<AskedJob> asked(const Recording& recording) {
  std::map<std::string, std::string> names;
  for (const LongJob& job : read_long(recording.output.out)) names[job.id] = job.name;
  std::vector<AskedJob> jobs;
  for (const std::string& word : test::words(recording)) {
    if (lsf_id(word).empty()) continue;
    AskedJob job;
    job.token = names.contains(word) ? names[word] : "01abc-1";
    job.state.id = word;
    job.state.submitted_ms = recorded;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

bool has(const std::vector<std::string>& words, const char* word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

enum class Form { none, queue, history, submission, kill };

Form form_of(const Recording& recording) {
  const auto words = test::words(recording);
  std::size_t first = 0;
  while (first < words.size() && words[first].find('=') != std::string::npos) ++first;
  if (first == words.size()) return Form::none;
  const std::string& program = words[first];
  if (program == "bjobs" && (has(words, "-l") || recording.output.out.empty())) return Form::queue;
  if (program == "bhist" && has(words, "-l")) return Form::history;
  if (program == "bsub" && !has(words, "-h") && !has(words, "-V")) return Form::submission;
  if (program == "bkill" && !has(words, "-h") && !has(words, "-s") && !has(words, "-r"))
    return Form::kill;
  return Form::none;
}

std::string shown(const Answer& answer) {
  std::string text = answer.healthy ? "healthy" : "not healthy (" + answer.problem + ")";
  for (const Row& row : answer.rows) {
    text += "; " + row.id + " " + shown(row.observation);
    if (row.never_ran) text += " never-ran";
    if (row.may_come_back) text += " may-come-back";
  }
  return text;
}

std::string shown(const SubmitAnswer& answer) {
  if (const auto* yes = std::get_if<Submitted>(&answer)) return "submitted " + yes->id;
  if (const auto* no = std::get_if<sdk::Refused>(&answer))
    return std::string("refused for ") + (no->for_ever ? "ever: " : "now: ") + no->why;
  return "in doubt: " + std::get<sdk::InDoubt>(answer).why;
}

TEST(LsfTranscripts, AreReadAsBefore) {
  const Lsf lsf;
  std::vector<std::string> lines;
  for (const Recording& recording : test::recordings("lsf")) {
    const auto jobs = asked(recording);
    std::string result;
    switch (form_of(recording)) {
      case Form::none: continue;
      case Form::queue: result = shown(lsf.read_queue(recording.output, jobs)); break;
      case Form::history: result = shown(lsf.read_history(recording.output, jobs)); break;
      case Form::submission: result = shown(lsf.read_submission(recording.output)); break;
      case Form::kill: {
        const auto answers = lsf.read_kill(recording.output, jobs);
        for (std::size_t i = 0; i < jobs.size(); ++i)
          result += (i ? "; " : "") + jobs[i].state.id + " " +
                    std::string(protocol::to_string(answers[i].word)) +
                    (answers[i].why.empty() ? "" : " (" + answers[i].why + ")");
        break;
      }
    }
    lines.push_back(recording.file + " | " + recording.command + " | " + result);
  }
  EXPECT_GT(lines.size(), 150U);
  EXPECT_EQ(test::golden_difference(KETREW_LSF_GOLDEN, lines), "");
}

// Of an end, what makes the outcome.
std::string outcome(const observed::Ended& ended) {
  return (ended.exit_code ? "code " + std::to_string(*ended.exit_code) : "") +
         (ended.signal ? "signal " + std::to_string(*ended.signal) : "");
}

TEST(LsfTranscripts, DamagedCopiesNeverSayMore) {
  const Lsf lsf;
  std::size_t looked = 0;
  for (const Recording& recording : test::recordings("lsf")) {
    const Form form = form_of(recording);
    if (form != Form::queue && form != Form::history) continue;
    const auto jobs = asked(recording);
    const auto read = [&](const ShellOutput& output) {
      return form == Form::queue ? lsf.read_queue(output, jobs) : lsf.read_history(output, jobs);
    };
    std::map<std::string, std::string> ends;
    for (const Row& row : read(recording.output).rows)
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
      if (form != Form::queue || !answer.healthy) return;
      // A healthy answer: whoever is not in it was said to be not found.
      for (const AskedJob& job : jobs) {
        bool there = false;
        for (const Row& row : answer.rows) there = there || row.id == job.state.id;
        ASSERT_TRUE(there || recording.output.err.find("Job <" + job.state.id + "> is not found") !=
                                 std::string::npos)
            << recording.command << "\n" << damaged;
      }
    });
  }
  EXPECT_GT(looked, 10'000U);
}

}  // namespace
}  // namespace ketrew::lsf
