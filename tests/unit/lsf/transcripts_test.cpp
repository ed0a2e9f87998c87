// What is made of each recording: held against transcripts.golden, a line a recording. And what is
// made of damaged copies: nothing that the whole did not say.
#include <gtest/gtest.h>

#include <map>

#include "backends/lsf/long_report.hpp"
#include "backends/lsf/names.hpp"
#include "backends/lsf/scheduler.hpp"
#include "core/base/text.hpp"
#include "tests/transcripts/reading.hpp"

namespace ketrew::lsf {
namespace {

using namespace sdk::batch;
using test::Form;
using test::Recording;

const std::int64_t recorded = 1'795'329'000'000;  // 2026-11-22T06:30:00Z

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

TEST(LsfTranscripts, AreReadAsBefore) {
  const Lsf lsf;
  const auto lines = test::lines_of({lsf, form_of, asked}, test::recordings("lsf"));
  EXPECT_GT(lines.size(), 150U);
  EXPECT_EQ(test::golden_difference(KETREW_LSF_GOLDEN, lines), "");
}

TEST(LsfTranscripts, DamagedCopiesNeverSayMore) {
  const Lsf lsf;
  // Whoever is not in a healthy answer was said to be not found.
  const auto not_found = [](const Recording& recording, const std::vector<AskedJob>& jobs,
                            const Answer&, const Answer& damaged) -> std::string {
    for (const AskedJob& job : jobs) {
      bool there = false;
      for (const Row& row : damaged.rows) there = there || row.id == job.state.id;
      if (!there && recording.output.err.find("Job <" + job.state.id + "> is not found") ==
                        std::string::npos)
        return "job " + job.state.id + " has gone";
    }
    return {};
  };
  const auto damaged =
      test::look_at_damaged({lsf, form_of, asked}, test::recordings("lsf"), not_found);
  EXPECT_EQ(damaged.wrong, "");
  EXPECT_GT(damaged.looked, 10'000U);
}

}  // namespace
}  // namespace ketrew::lsf
