#include "backends/pbs/remove.hpp"

#include <array>

#include "backends/pbs/asking.hpp"
#include "backends/pbs/job_index.hpp"
#include "backends/pbs/values.hpp"
#include "core/base/text.hpp"

namespace ketrew::pbs {
namespace {

using sdk::KillWord;
using sdk::batch::AskedJob;
using KillAnswer = sdk::batch::Scheduler::KillAnswer;

// Of a job that is over, or that nobody knows any more: an update tells which.
constexpr std::array<std::string_view, 4> over_words = {
    "Unknown Job Id", "Job has finished", "invalid state for job - COMPLETE",
    "Request invalid for state of job"};

bool says_over(std::string_view line) {
  for (const auto words : over_words)
    if (line.find(words) != std::string_view::npos) return true;
  return false;
}

// Slurm's wrapper is silent on those that are over; its exit code counts them.
void by_count(int code, std::size_t asked, std::vector<KillAnswer>& answers) {
  const KillWord word = code == static_cast<int>(asked % 256) ? KillWord::already_over
                                                              : KillWord::sent;
  for (KillAnswer& answer : answers) answer = {word, ""};
}

}  // namespace

std::string kill_command(std::span<const AskedJob> jobs, std::optional<Dialect> known) {
  std::string text = prelude(known) + "ketrew_ask kill qdel";
  for (const AskedJob& job : jobs)
    if (is_job_id(job.state.id)) text += " " + shell_quote(job.state.id);
  return text + "\n";
}

std::vector<KillAnswer> read_kill(const host::ShellOutput& output,
                                  std::span<const AskedJob> jobs) {
  std::vector<KillAnswer> answers(jobs.size());
  const auto parts = read_parts(output);
  if (parts.empty()) {
    for (auto& answer : answers) answer.why = "qdel: the answer was cut";
    return answers;
  }
  const Part& part = parts.back();
  const std::string problem = "qdel: " + to_valid_utf8(part.words());
  for (auto& answer : answers) answer.why = problem;
  if (part.timed_out() || part.code == 126 || part.code == 127) return answers;

  // What is said of each; a line that is of none of them is of all.
  const JobIndex index(jobs);
  std::vector<bool> named(jobs.size(), false);
  bool general = false;
  std::size_t lines = 0;
  for (const auto& line : split(part.out + "\n" + part.err, '\n')) {
    if (trim(line).empty()) continue;
    ++lines;
    const auto at = index.find_in(line);
    if (!at) {
      general = true;
      continue;
    }
    named[*at] = true;
    if (says_over(line))
      answers[*at] = {KillWord::already_over, ""};
    else
      answers[*at] = {KillWord::cannot_tell, to_valid_utf8(one_line(line))};
  }
  if (general) return answers;
  if (lines == 0 && part.code != 0) {
    if (part.dialect == Dialect::slurm) by_count(part.code, jobs.size(), answers);
    return answers;
  }
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (!named[i]) answers[i] = {KillWord::sent, ""};
  return answers;
}

}  // namespace ketrew::pbs
