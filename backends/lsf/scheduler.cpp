#include "backends/lsf/scheduler.hpp"

#include <map>
#include <set>

#include "backends/lsf/check.hpp"
#include "backends/lsf/commands.hpp"
#include "backends/lsf/names.hpp"
#include "backends/lsf/rows.hpp"
#include "backends/lsf/states.hpp"
#include "backends/sdk/batch/run_count.hpp"
#include "core/base/attempt.hpp"
#include "core/base/text.hpp"

namespace ketrew::lsf {
namespace {

using namespace sdk::batch;

constexpr std::string_view own_id = "${LSB_JOBID-}";

// The ids of "Job <99999> is not found", LSF's word of a healthy absence.
std::set<std::string> not_found(std::string_view text) {
  constexpr std::string_view begin = "Job <", end = "> is not found";
  std::set<std::string> ids;
  for (const std::string& line : split(text, '\n')) {
    const std::string_view plain = trim(line);
    if (plain.size() <= begin.size() + end.size() || plain.substr(0, begin.size()) != begin ||
        plain.substr(plain.size() - end.size()) != end)
      continue;
    if (auto id = lsf_id(plain.substr(begin.size(), plain.size() - begin.size() - end.size()));
        !id.empty())
      ids.insert(std::move(id));
  }
  return ids;
}

std::string trouble(const char* command, const ShellOutput& output) {
  const std::string words = one_line(trim(output.err).empty() ? trim(output.out) : trim(output.err));
  if (output.exit_code == 124 || output.exit_code == 137)
    return std::string(command) + " gave no answer in time: is mbatchd well?";
  return std::string(command) + ": " + (words.empty() ? "no answer" : words);
}

Evidence evidence_of(const char* command, const ShellOutput& output) {
  return {command, output.exit_code, one_line(trim(output.err), 200)};
}

// The rows of a heading "JOBID USER STAT ..." (bjobs -w), of which only these three can be told apart
// by blanks, and those of `bhist -w` behind the mark: "JOBID USER JOB_NAME ...".
struct ShortRow {
  std::string id;
  bool ended = false;
  std::vector<std::string> words;
};
struct ShortReport {
  bool heading = false;
  std::vector<ShortRow> rows;
};
ShortReport read_short(std::string_view text) {
  ShortReport report;
  bool history = false;
  for (const std::string& line : split(text, '\n')) {
    history = history || line == history_mark;
    std::vector<std::string> words;
    for (std::string& word : split(line, ' '))
      if (!word.empty()) words.push_back(std::move(word));
    if (words.size() <= 3) continue;
    if (words[0] == "JOBID" && words[1] == "USER" && words[2] == "STAT") {
      report.heading = true;
    } else if ((report.heading || history) && !lsf_id(words[0]).empty()) {
      const NativeState* state = history ? nullptr : native_state(words[2]);
      const bool ended = history || (state && state->verdict == Verdict::ended);
      report.rows.push_back({words[0], ended, std::move(words)});
    }
  }
  return report;
}

// In a name, the token comes first, and a point ends it.
std::string token_of(std::string_view name) { return std::string(name.substr(0, name.find('.'))); }

}  // namespace

Result<> Lsf::initialize(const SiteOptions& site) {
  const auto settings = site_settings(site.own);
  if (!settings) return pass(settings.error());
  site_ = *settings;
  return {};
}

auto Lsf::foreign_variables() const -> ForeignVariables {
  // A daemon that was started within a job has that job's.
  return {{"LSB_", "BSUB_", "LS_JOBPID", "LS_SUBCWD"},
          {"LSB_CONFDIR", "LSB_SHAREDIR", "LSB_DEFAULTQUEUE", "LSB_DEFAULTPROJECT",
           "LSB_DEFAULT_USERGROUP", "LSB_CLUSTER"}};
}

Result<Submission> Lsf::submission(const sdk::StartRequest& request,
                                   const host::Playground& playground) const {
  const auto words = option_words(request.options, site_);
  if (!words) return pass(words.error());
  Submission submission;
  submission.directives = "unset LSB_NTRIES\n" + std::string(run_count_directive);
  submission.restart_count = run_count(own_id);
  submission.own_id = std::string(own_id);
  submission.command = submit_command(*words, name_of(request.token, request.options), playground,
                                      submission.shell);
  return submission;
}

std::string Lsf::find_command(std::span<const sdk::FindRequest> requests) const {
  return find_text(requests);
}

Answer Lsf::read_find(const ShellOutput& output,
                      std::span<const sdk::FindRequest> requests) const {
  Answer answer;
  answer.evidence = evidence_of("bjobs -a -w", output);
  const ShortReport report = read_short(output.out);
  const bool none = output.exit_code == 254 && output.err.find("No job found") != std::string::npos;
  answer.healthy = (report.heading && output.exit_code == 0) || none;
  if (!answer.healthy) answer.problem = trouble("bjobs", output);
  std::set<std::string> tokens;
  for (const auto& request : requests) tokens.insert(request.token);
  for (const ShortRow& found : report.rows)
    for (std::size_t i = 2; i < found.words.size(); ++i) {
      std::string token = token_of(found.words[i]);
      if (!tokens.contains(token)) continue;
      Row row;
      row.id = found.id;
      row.token = std::move(token);
      if (found.ended) row.observation = observed::Ended{};
      answer.rows.push_back(std::move(row));
      break;
    }
  return answer;
}

std::string Lsf::inventory_command() const { return inventory_text(); }

Answer Lsf::read_inventory(const ShellOutput& output) const {
  Answer answer;
  answer.evidence = evidence_of("bjobs -w", output);
  const ShortReport report = read_short(output.out);
  const bool none = (output.exit_code == 254 || output.exit_code == 255) &&
                    output.err.find("No unfinished job found") != std::string::npos;
  answer.healthy = (report.heading && output.exit_code == 0) || none;
  if (!answer.healthy) answer.problem = trouble("bjobs", output);
  for (const ShortRow& found : report.rows)
    for (const std::string& word : found.words) {
      std::string token = word.substr(0, word.find('.'));
      if (!parse_attempt_token(token)) continue;
      Row row;
      row.id = found.id;
      row.token = std::move(token);
      if (found.ended) row.observation = observed::Ended{};
      answer.rows.push_back(std::move(row));
      break;
    }
  return answer;
}

std::string Lsf::queue_command(std::span<const AskedJob> jobs) const { return queue_text(jobs); }

Answer Lsf::read_queue(const ShellOutput& output, std::span<const AskedJob> jobs) const {
  std::map<std::string, const AskedJob*> asked;
  for (const AskedJob& job : jobs) asked.emplace(job.state.id, &job);
  Answer answer;
  answer.evidence = evidence_of("bjobs -a", output);
  std::set<std::string> seen = not_found(output.err);
  answer.healthy = !seen.empty();
  const auto take = [&](const auto& job) {
    const auto at = asked.find(job.id);
    if (at == asked.end()) return;
    answer.rows.push_back(queue_row(job, *at->second));
    answer.healthy = true;
    seen.insert(job.id);
  };
  const FieldsReport fields = read_fields(output.out);
  for (const FieldsJob& job : fields.jobs) take(job);
  if (!fields.heading)
    for (const LongJob& job : read_long(output.out)) take(job);
  if (!answer.healthy) {
    answer.problem = trouble("bjobs", output);
    return answer;
  }
  // LSF says of each id what it knows, or that it is not found: one without a word is no absence.
  for (const AskedJob& job : jobs) {
    if (seen.contains(job.state.id)) continue;
    Row row;
    row.id = job.state.id;
    row.observation =
        observed::CannotTell{"bjobs said nothing of job " + job.state.id, answer.evidence};
    answer.rows.push_back(std::move(row));
  }
  return answer;
}

std::optional<std::string> Lsf::history_command(std::span<const AskedJob> jobs) const {
  return history_text(jobs);
}

Answer Lsf::read_history(const ShellOutput& output, std::span<const AskedJob> jobs) const {
  std::map<std::string, const AskedJob*> asked;
  for (const AskedJob& job : jobs) asked.emplace(job.state.id, &job);
  Answer answer;
  answer.evidence = evidence_of("bhist -l", output);
  const auto reports = read_long(output.out);
  const bool whole = !reports.empty() && reports.back().whole;
  const bool none = output.out.find("No matching job found") != std::string::npos;
  answer.healthy = whole || none;
  if (!answer.healthy) answer.problem = trouble("bhist", output);
  for (const LongJob& job : reports) {
    const auto at = asked.find(job.id);
    if (at == asked.end()) continue;
    if (auto row = history_row(job, *at->second)) answer.rows.push_back(std::move(*row));
  }
  return answer;
}

std::string Lsf::kill_command(std::span<const AskedJob> jobs) const { return kill_text(jobs); }

auto Lsf::read_kill(const ShellOutput& output, std::span<const AskedJob> jobs) const
    -> std::vector<KillAnswer> {
  struct Phrase {
    std::string_view words;
    sdk::KillWord word;
  };
  using enum sdk::KillWord;
  static constexpr Phrase phrases[] = {
      {" is being terminated", sent},        {" is being signaled", sent},
      {": Job has already finished", already_over},
      {": No matching job found", already_over},  // purged: over for long
      // sbatchd is out of reach: ZOMBI, ended when it is back.
      {": Operation is in progress", sent},
      {": Termination request issued", sent},
  };
  std::map<std::string, KillAnswer> answers;
  for (const std::string& line : split(output.out + "\n" + output.err, '\n')) {
    constexpr std::string_view begin = "Job <";
    const std::size_t end = line.find('>');
    if (line.compare(0, begin.size(), begin) != 0 || end == std::string::npos) continue;
    const std::string id = lsf_id(std::string_view(line).substr(begin.size(), end - begin.size()));
    const std::string_view rest = trim(std::string_view(line).substr(end + 1));
    KillAnswer answer{cannot_tell, one_line(line)};
    for (const Phrase& phrase : phrases)
      if (rest == trim(phrase.words)) answer = {phrase.word, {}};
    if (!id.empty()) answers.insert_or_assign(id, std::move(answer));
  }
  std::vector<KillAnswer> results;
  for (const AskedJob& job : jobs) {
    const auto at = answers.find(job.state.id);
    results.push_back(at == answers.end() ? KillAnswer{cannot_tell, trouble("bkill", output)}
                                          : at->second);
  }
  return results;
}

std::vector<Query> Lsf::queries(const AskedJob& job) const {
  return {{"bjobs", "what bjobs -l says of it", query_text("bjobs -a -l", job)},
          {"bpeek", "its output so far, as LSF keeps it", query_text("bpeek", job)},
          {"bhist", "what bhist -l says of it", query_text("bhist -n 0 -l", job)},
          {"report", "LSF's report of its end",
           "cat " + shell_quote(host::Playground{job.state.playground}.file("report"))}};
}

std::string Lsf::check_command() const { return check_text(); }

std::vector<sdk::CheckEntry> Lsf::read_check(const ShellOutput& output) const {
  return lsf::read_check(output);
}

}  // namespace ketrew::lsf
