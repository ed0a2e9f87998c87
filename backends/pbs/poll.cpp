#include "backends/pbs/poll.hpp"

#include <algorithm>
#include <vector>

#include "backends/pbs/asking.hpp"
#include "backends/pbs/job_index.hpp"
#include "backends/pbs/rows.hpp"
#include "backends/pbs/values.hpp"
#include "core/base/text.hpp"

namespace ketrew::pbs {
namespace {

using sdk::batch::Answer;
using sdk::batch::AskedJob;

std::string set_ids(std::span<const AskedJob> jobs) {
  std::string text = "set --";
  for (const AskedJob& job : jobs)
    if (is_job_id(job.state.id)) text += " " + shell_quote(job.state.id);
  return text + "\n";
}

// "qstat: Unknown Job Id 99999.vm" (Torque: "Unknown Job Id Error"), "qstat: 0.vm Job has finished,
// use -x ...", "qstat: PBS is not configured to maintain job history 84.vm": the id in one of them.
std::string_view named_as_absent(std::string_view line) {
  constexpr std::string_view before = "qstat: ";
  if (line.substr(0, before.size()) != before) return {};
  line.remove_prefix(before.size());
  const auto last_word = [&] { return line.substr(line.find_last_of(' ') + 1); };
  if (line.starts_with("Unknown Job Id ")) return last_word();
  if (line.starts_with("PBS is not configured to maintain job history ")) return last_word();
  const auto blank = line.find(' ');
  if (blank != std::string_view::npos && line.substr(blank + 1).starts_with("Job has finished"))
    return line.substr(0, blank);
  return {};
}

// What the verdict rests on, in the scheduler's words.
std::string decisive(const Block& block) {
  std::string words = "job_state = " + std::string(block[Attribute::job_state]);
  if (!block[Attribute::substate].empty())
    words += ", substate = " + std::string(block[Attribute::substate]);
  if (!block[Attribute::exit_status].empty())
    words += ", Exit_status = " + std::string(block[Attribute::exit_status]);
  return to_valid_utf8(one_line(words));
}

void take_rows(Part& part, std::span<const AskedJob> asked, const JobIndex& jobs,
               std::vector<bool>& accounted, Answer& answer) {
  for (const Block& block : read_listing(part.out)) {
    const auto index = jobs.find(block.id);
    if (!index) continue;
    accounted[*index] = true;
    const AskedJob& job = asked[*index];
    if (is_another_job(block, *part.dialect, job)) continue;
    auto row = to_row(block, *part.dialect);
    row.id = job.state.id;
    row.token = job.token;
    const Evidence evidence{answer.evidence.command, part.code, decisive(block)};
    if (auto* ended = std::get_if<observed::Ended>(&row.observation)) ended->evidence = evidence;
    if (auto* doubt = std::get_if<observed::CannotTell>(&row.observation))
      doubt->evidence = evidence;
    answer.rows.push_back(std::move(row));
  }
}

bool slurm_looked(const Part& part, const Answer& answer) {
  return (part.code == 0 && !answer.rows.empty() && part.out.ends_with("\n\n")) ||
         (part.code == 153 && trim(part.out).empty() && trim(part.err).empty());
}

}  // namespace

std::optional<Dialect> dialect_of(std::span<const AskedJob> jobs) {
  std::optional<Dialect> result;
  for (const AskedJob& job : jobs) {
    for (const Json* values : {&job.state.own, &job.state.shown}) {
      const auto at = values->find("dialect");
      if (at == values->end() || !at->is_string()) continue;
      const auto dialect = parse_dialect(at->get_ref<const std::string&>());
      if (!dialect) continue;
      if (result && *result != *dialect) return std::nullopt;
      result = dialect;
    }
  }
  return result;
}

std::string queue_command(std::span<const AskedJob> jobs, std::optional<Dialect> known) {
  return prelude(known) + set_ids(jobs) + R"sh(case $ketrew_dialect in
  openpbs)
    ketrew_ask queue qstat -f -w "$@"
    case $ketrew_code.$ketrew_err in 2.*usage*) ketrew_ask queue qstat -f "$@" ;; esac ;;
  torque | slurm) ketrew_ask queue qstat -f -1 "$@" ;;
  *) ketrew_ask version qstat --version ;;
esac
)sh";
}

std::string history_command(std::span<const AskedJob> jobs, std::optional<Dialect> known) {
  return prelude(known) + set_ids(jobs) + R"sh(case $ketrew_dialect in
  openpbs)
    ketrew_ask history qstat -x -f -w "$@"
    case $ketrew_code.$ketrew_err in 2.*usage*) ketrew_ask history qstat -x -f "$@" ;; esac ;;
  torque | slurm) ketrew_ask none true ;;
  *) ketrew_ask version qstat --version ;;
esac
)sh";
}

Answer read_poll(const host::ShellOutput& output, std::span<const AskedJob> asked) {
  Answer answer;
  auto parts = read_parts(output);
  if (parts.empty()) {
    answer.problem = "qstat: the answer was cut";
    answer.evidence = {"qstat", output.exit_code, to_valid_utf8(one_line(output.err))};
    return answer;
  }
  Part& part = parts.back();
  answer.evidence = {part.label == "history" ? "qstat -x -f" : "qstat -f", part.code,
                     to_valid_utf8(part.words())};
  if (part.label == "none") {
    answer.healthy = true;
    answer.evidence.words = "there is no history";
    return answer;
  }
  if (!part.dialect) {
    answer.problem = "qstat is of no kind that is known: " + answer.evidence.words;
    return answer;
  }

  const JobIndex jobs(asked);
  std::vector<bool> accounted(asked.size(), false);
  take_rows(part, asked, jobs, accounted, answer);
  for (const auto& line : split(part.err, '\n')) {
    const auto id = named_as_absent(line);
    if (const auto index = id.empty() ? std::nullopt : jobs.find(id)) accounted[*index] = true;
  }
  const bool all = std::find(accounted.begin(), accounted.end(), false) == accounted.end();
  answer.healthy = !part.timed_out() &&
                   (*part.dialect == Dialect::slurm ? slurm_looked(part, answer) : all);
  if (!answer.healthy)
    answer.problem = (part.err.starts_with("qstat: ") ? "" : "qstat: ") + answer.evidence.words;
  if (answer.evidence.words.empty() || part.err.empty())
    answer.evidence.words = std::to_string(answer.rows.size()) + " jobs";
  return answer;
}

}  // namespace ketrew::pbs
