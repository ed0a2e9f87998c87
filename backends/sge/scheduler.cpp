#include "backends/sge/scheduler.hpp"

#include <map>

#include "backends/sdk/batch/run_count.hpp"
#include "core/base/attempt.hpp"
#include "backends/sge/accounting.hpp"
#include "backends/sge/check.hpp"
#include "backends/sge/commands.hpp"
#include "backends/sge/names.hpp"
#include "backends/sge/qstat_report.hpp"
#include "backends/sge/states.hpp"

namespace ketrew::sge {
namespace {

using namespace sdk::batch;

constexpr std::string_view own_id = "${JOB_ID-}";

// Grid Engine takes an exit code of 99 as "run it again" and of 100 as "hold it in error for ever":
// the job's own code is in its exit file, and is nobody's order.
constexpr std::string_view no_orders = "trap 'case $? in 99|100) exit 1 ;; esac' EXIT\n";

std::string trouble(const char* command, const ShellOutput& output) {
  if (output.exit_code == 124 || output.exit_code == 137)
    return std::string(command) + " gave no answer in time: is qmaster well?";
  const std::string words = one_line(trim(output.err).empty() ? trim(output.out) : trim(output.err));
  return std::string(command) + ": " + (words.empty() ? "no answer" : words);
}

Evidence evidence_of(const char* command, const ShellOutput& output) {
  return {command, output.exit_code, one_line(trim(output.err), 200)};
}

struct TwoAnswers {
  std::string_view first, second;
};
TwoAnswers parts_of(std::string_view text) {
  const std::string mark = "\n" + std::string(second_answer) + "\n";
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at + 1), text.substr(at + mark.size())};
}

std::optional<Wall> time_of(const std::string& text) {
  return text.size() == 19 ? parse_rfc3339(text + "Z") : std::nullopt;
}

Row queue_row(const QstatJob& job, const AskedJob& asked, const Reasons& reasons) {
  Row row;
  row.id = job.id;
  if (!is_name_of(job.name, asked.token)) {
    row.observation = observed::CannotTell{"job " + job.id + " of Grid Engine is called \"" +
                                               one_line(job.name, 80) + "\", not as it was submitted",
                                           {}};
    return row;
  }
  row.token = asked.token;
  if (!job.queue.empty()) row.shown["queue"] = job.queue;
  const NativeState state = native_state(job.state);
  if (state.restarted) row.restarts = 1;
  switch (state.verdict) {
    case Verdict::running:
      row.observation = observed::Running{state.meaning, time_of(job.start_time)};
      break;
    case Verdict::waiting:
      row.observation = observed::Waiting{
          job.state + ": " + state.meaning +
          (reasons.scheduling.empty() ? "" : ": " + one_line(reasons.scheduling, 300))};
      break;
    case Verdict::error:
      // It never ends by itself: `qmod -cj` lets it try again, `qdel` ends it.
      row.observation = observed::Waiting{
          job.state + ": in error" + (reasons.error.empty() ? "" : ": " + one_line(reasons.error, 300)) +
          "; it stays so until `qmod -cj " + job.id + "` lets it try again, or it is killed"};
      break;
    case Verdict::cannot_tell:
      row.observation = observed::CannotTell{
          "job " + job.id + ": Grid Engine's state \"" + one_line(job.state, 40) + "\" is unknown", {}};
      break;
  }
  return row;
}

std::map<std::string, const AskedJob*> by_id(std::span<const AskedJob> jobs) {
  std::map<std::string, const AskedJob*> asked;
  for (const AskedJob& job : jobs) asked.emplace(job.state.id, &job);
  return asked;
}

// Whether qacct came to the end of its file: the answer about all jobs says so, the one about one
// job is a whole record, or the word that there is none.
bool accounting_answered(std::string_view out, std::string_view err) {
  if (out.find("ketrew-qacct ") != std::string_view::npos)
    return ("\n" + std::string(out)).find("\nketrew-qacct 0\n") != std::string::npos;
  if (const auto records = read_accounting(out); !records.empty()) return records.back().whole;
  return err.find("error: job id ") != std::string_view::npos &&
         err.find(" not found") != std::string_view::npos;
}

}  // namespace

Result<> GridEngine::initialize(const SiteOptions& site) {
  const auto settings = site_settings(site.own);
  if (!settings) return pass(settings.error());
  site_ = *settings;
  return {};
}

auto GridEngine::foreign_variables() const -> ForeignVariables {
  // A daemon that was started within a job has that job's.
  return {{"JOB_ID", "JOB_NAME", "JOB_SCRIPT", "SGE_TASK_", "SGE_JOB_SPOOL_DIR", "RESTARTED",
           "PE_HOSTFILE"},
          {}};
}

Result<Submission> GridEngine::submission(const sdk::StartRequest& request,
                                          const host::Playground& playground) const {
  auto want = wanted(request.options, site_);
  if (!want) return pass(want.error());
  Submission submission;
  submission.shell = want->shell;
  submission.directives = std::string(no_orders) + std::string(run_count_directive);
  submission.restart_count = run_count(own_id);
  submission.own_id = std::string(own_id);
  submission.command =
      submit_command(want->words, sge_name(request.token, request.options), want->shell, playground);
  return submission;
}

std::string GridEngine::find_command(std::span<const sdk::FindRequest> requests) const {
  return find_text(requests);
}

Answer GridEngine::read_find(const ShellOutput& output,
                             std::span<const sdk::FindRequest> requests) const {
  Answer answer;
  answer.evidence = evidence_of("qstat -xml, qacct -j", output);
  const auto [qstat, qacct] = parts_of(output.out);
  const QstatReport report = read_qstat(qstat);
  const bool history_asked = output.out.find(second_answer) != std::string::npos;
  answer.healthy = report.whole && output.exit_code == 0 &&
                   (!history_asked || accounting_answered(qacct, output.err));
  if (!answer.healthy) answer.problem = trouble(report.whole ? "qacct" : "qstat", output);
  const auto add = [&](const std::string& id, const std::string& name, Observation observation) {
    for (const auto& request : requests)
      if (is_name_of(name, request.token) && !sge_id(id).empty()) {
        Row row;
        row.id = id;
        row.token = request.token;
        row.observation = observation;
        answer.rows.push_back(std::move(row));
      }
  };
  for (const QstatJob& job : report.jobs) add(job.id, job.name, observed::CannotTell{});
  for (const AccountingRecord& record : read_accounting(qacct))
    add(record.id, record.name, observed::Ended{});
  return answer;
}

std::string GridEngine::inventory_command() const { return inventory_text(); }

Answer GridEngine::read_inventory(const ShellOutput& output) const {
  Answer answer;
  answer.evidence = evidence_of("qstat -xml", output);
  const QstatReport report = read_qstat(output.out);
  answer.healthy = report.whole && output.exit_code == 0;
  if (!answer.healthy) answer.problem = trouble("qstat", output);
  for (const QstatJob& job : report.jobs) {
    const auto dot = job.name.rfind('.');
    std::string token = dot == std::string::npos ? job.name : job.name.substr(dot + 1);
    if (!parse_attempt_token(token)) continue;
    Row row;
    row.id = job.id;
    row.token = std::move(token);
    answer.rows.push_back(std::move(row));
  }
  return answer;
}

std::string GridEngine::queue_command(std::span<const AskedJob> jobs) const {
  return queue_text(jobs);
}

Answer GridEngine::read_queue(const ShellOutput& output, std::span<const AskedJob> jobs) const {
  Answer answer;
  answer.evidence = evidence_of("qstat -xml", output);
  const auto [qstat, reasons_text] = parts_of(output.out);
  const QstatReport report = read_qstat(qstat);
  answer.healthy = report.whole && output.exit_code == 0;
  if (!answer.healthy) answer.problem = trouble("qstat", output);
  const auto reasons = read_reasons(reasons_text);
  const auto asked = by_id(jobs);
  for (const QstatJob& job : report.jobs) {
    const auto at = asked.find(job.id);
    if (at == asked.end()) continue;
    const auto reason = reasons.find(job.id);
    answer.rows.push_back(
        queue_row(job, *at->second, reason == reasons.end() ? Reasons{} : reason->second));
  }
  return answer;
}

std::optional<std::string> GridEngine::history_command(std::span<const AskedJob> jobs) const {
  return history_text(jobs);
}

Answer GridEngine::read_history(const ShellOutput& output, std::span<const AskedJob> jobs) const {
  Answer answer;
  answer.evidence = evidence_of("qacct -j", output);
  answer.healthy = accounting_answered(output.out, output.err);
  if (!answer.healthy) answer.problem = trouble("qacct", output);
  const auto asked = by_id(jobs);
  // A record for each run of a job: the last counts. Ids are given anew after some millions, so that
  // the name has to be the attempt's.
  std::map<std::string, AccountingRecord> last;
  for (AccountingRecord& record : read_accounting(output.out)) {
    const auto at = asked.find(record.id);
    if (at == asked.end() || !is_name_of(record.name, at->second->token)) continue;
    last.insert_or_assign(record.id, std::move(record));
  }
  for (const auto& [id, record] : last) {
    auto end = end_of(record);
    if (!end) continue;
    Row row;
    row.id = id;
    row.token = asked.at(id)->token;
    row.never_ran = end->never_ran;
    row.observation = std::move(end->ended);
    if (!record.host.empty()) row.shown["hosts"] = record.host;
    answer.rows.push_back(std::move(row));
  }
  return answer;
}

std::string GridEngine::kill_command(std::span<const AskedJob> jobs) const {
  return kill_text(jobs);
}

auto GridEngine::read_kill(const ShellOutput& output, std::span<const AskedJob> jobs) const
    -> std::vector<KillAnswer> {
  using enum sdk::KillWord;
  // "root has registered the job 26 for deletion", "root has deleted job 27",
  // "job 26 is already in deletion", "denied: job "19" does not exist".
  const auto says = [](const std::string& line, const std::string& id, std::string_view before,
                       std::string_view after) {
    const std::string part = std::string(before) + id + std::string(after);
    const std::size_t at = line.find(part);
    if (at == std::string::npos) return false;
    const std::size_t end = at + part.size();
    return !after.empty() || end == line.size() || line[end] < '0' || line[end] > '9';
  };
  std::vector<KillAnswer> results;
  const auto lines = split(output.out + "\n" + output.err, '\n');
  for (const AskedJob& job : jobs) {
    const std::string& id = job.state.id;
    KillAnswer answer{cannot_tell, trouble("qdel", output)};
    for (const std::string& line : lines) {
      if (says(line, id, "has registered the job ", " for deletion") ||
          says(line, id, "has deleted job ", "") ||
          says(line, id, "forced the deletion of job ", "") ||
          says(line, id, "job ", " is already in deletion"))
        answer = {sent, {}};
      else if (says(line, id, "denied: job \"", "\" does not exist"))
        answer = {already_over, {}};
      else if (says(line, id, "\"", "\""))
        answer = {cannot_tell, one_line(line)};
    }
    results.push_back(std::move(answer));
  }
  return results;
}

std::vector<Query> GridEngine::queries(const AskedJob& job) const {
  return {{"qstat", "what qstat -j says of it: its reasons to wait, what it uses", query_text("qstat -j", job)},
          {"qacct", "what the accounting says of it", query_text("qacct -j", job)}};
}

std::string GridEngine::check_command() const { return check_text(); }

std::vector<sdk::CheckEntry> GridEngine::read_check(const ShellOutput& output) const {
  return sge::read_check(output, site_.parallel_environment);
}

}  // namespace ketrew::sge
