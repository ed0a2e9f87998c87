// What is made of each recording: held against transcripts.golden, a line a recording. And what is
// made of damaged copies: nothing that the whole did not say.
#include <gtest/gtest.h>

#include <map>

#include "backends/sge/accounting.hpp"
#include "backends/sge/names.hpp"
#include "backends/sge/qstat_report.hpp"
#include "backends/sge/scheduler.hpp"
#include "core/base/text.hpp"
#include "tests/transcripts/reading.hpp"

namespace ketrew::sge {
namespace {

using namespace sdk::batch;
using test::Form;
using test::Recording;

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

TEST(SgeTranscripts, AreReadAsBefore) {
  const GridEngine sge;
  const auto lines = test::lines_of({sge, form_of, asked}, test::recordings("sge"));
  EXPECT_GT(lines.size(), 50U);
  EXPECT_EQ(test::golden_difference(KETREW_SGE_GOLDEN, lines), "");
}

TEST(SgeTranscripts, DamagedCopiesNeverSayMore) {
  const GridEngine sge;
  // A queue that is healthy has all its rows.
  const auto all_rows = [](const Recording&, const std::vector<AskedJob>&, const Answer& whole,
                           const Answer& damaged) -> std::string {
    return damaged.rows.size() == whole.rows.size() ? "" : "rows are missing";
  };
  const auto damaged =
      test::look_at_damaged({sge, form_of, asked}, test::recordings("sge"), all_rows);
  EXPECT_EQ(damaged.wrong, "");
  EXPECT_GT(damaged.looked, 5'000U);
}

}  // namespace
}  // namespace ketrew::sge
