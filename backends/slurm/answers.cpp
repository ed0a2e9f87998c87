#include "backends/slurm/answers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "backends/slurm/commands.hpp"
#include "backends/slurm/refusals.hpp"
#include "backends/slurm/states.hpp"
#include "core/base/text.hpp"

namespace ketrew::slurm {
namespace {

using sdk::batch::Row;

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 19 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}
std::optional<std::int64_t> number(std::string_view text) {
  if (!is_number(text)) return std::nullopt;
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}
std::optional<Wall> time_of(std::string_view text) {
  const auto seconds = number(text);
  if (!seconds || *seconds <= 0 || *seconds > 253402300799) return std::nullopt;
  return from_unix_milliseconds(*seconds * 1000);
}

// squeue: the raw wait status; sacct: "CODE:SIGNAL".
struct ExitStatus {
  int code = 0, signal = 0;
};
std::optional<ExitStatus> status_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    const auto status = number(text);
    if (!status || *status > 0xffff) return std::nullopt;
    return ExitStatus{static_cast<int>(*status >> 8), static_cast<int>(*status & 0x7f)};
  }
  const auto code = number(text.substr(0, colon)), signal = number(text.substr(colon + 1));
  if (!code || !signal || *code > 255 || *signal > 127) return std::nullopt;
  return ExitStatus{static_cast<int>(*code), static_cast<int>(*signal)};
}

// What slurmstepd leaves as a "signal" where the script could not be run at all.
constexpr int not_launched = 53;

struct Words {
  std::string_view state, status, reason, start, end, nodes, command;
};

observed::Ended ended(const NativeState& state, const Words& words) {
  observed::Ended result;
  const std::string reason(words.reason), state_word(words.state);
  result.evidence = {std::string(words.command), std::nullopt,
                     state_word + " " + std::string(words.status) + (reason.empty() ? "" : " " + reason)};
  result.started_at = time_of(words.start);
  result.ended_at = time_of(words.end);
  const auto status = status_of(words.status);
  if (state.meaning == Meaning::succeeded) {
    result.exit_code = 0;
    if (status && status->code != 0) result.exit_code = status->code;
    if (status && status->signal != 0) result.signal = status->signal;
    return result;
  }
  result.failure = state.failure;
  result.message =
      "Slurm: " + state_word + (reason.empty() || reason == "None" ? "" : ", " + reason);
  if (status && status->signal == not_launched)
    result.failure = FailureClass::never_started;
  else if (status && status->signal != 0)
    result.signal = status->signal;
  else if (status && status->code != 0)
    result.exit_code = status->code;
  if (words.reason == "OutOfMemory") result.failure = FailureClass::out_of_memory;
  if (!result.failure && !result.signal && !result.exit_code)
    result.failure = FailureClass::exit;  // FAILED, and no code tells why
  return result;
}

Observation observe(const Words& words) {
  const NativeState* state = find_state(words.state);
  const std::string command(words.command), reason(words.reason);
  if (!state)
    return observed::CannotTell{command + ": unknown state \"" + one_line(words.state, 40) + "\"",
                                {command, std::nullopt, one_line(words.state, 40)}};
  switch (state->meaning) {
    case Meaning::waiting:
      return observed::Waiting{state->word == "PENDING"
                                   ? reason
                                   : std::string(words.state) + ", " + reason};
    case Meaning::running:
      return observed::Running{std::string(state->phase), time_of(words.start)};
    case Meaning::succeeded:
    case Meaning::failed: return ended(*state, words);
    case Meaning::elsewhere: break;
  }
  return observed::CannotTell{command + ": " + std::string(words.state),
                              {command, std::nullopt, std::string(words.state)}};
}

// Splits into at most `most` fields: the last one has the rest.
std::vector<std::string> fields_of(std::string_view line, std::size_t most) {
  std::vector<std::string> fields;
  while (fields.size() + 1 < most) {
    const auto bar = line.find('|');
    if (bar == std::string_view::npos) break;
    fields.emplace_back(line.substr(0, bar));
    line.remove_prefix(bar + 1);
  }
  fields.emplace_back(line);
  return fields;
}

std::string token_of(std::string_view comment, std::string_view folder) {
  if (comment.substr(0, comment_prefix.size()) == comment_prefix)
    return std::string(comment.substr(comment_prefix.size()));
  // Sites change comments; the folder is the attempt's playground.
  const auto slash = folder.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(folder.substr(slash + 1));
}

bool none(std::string_view text) { return text.empty() || text == "(null)" || text == "N/A"; }

void show(Row& row, const char* label, std::string_view value) {
  if (!none(value)) row.shown[label] = std::string(value);
}

// JobID|State|exit_code|RestartCnt|StartTime|EndTime|NodeList|Partition|Reason|WorkDir|Comment
std::optional<Row> squeue_row(std::string_view line) {
  std::array<std::string_view, 11> f;
  for (std::size_t i = 0; i + 1 < f.size(); ++i) {
    const auto bar = line.find('|');
    if (bar == std::string_view::npos) return std::nullopt;
    f[i] = line.substr(0, bar);
    line.remove_prefix(bar + 1);
  }
  f.back() = line;
  if (!is_number(f[0]) || f[1].empty() || !is_number(f[2]) || !is_number(f[3]))
    return std::nullopt;
  Row row;
  row.id = f[0];
  row.token = token_of(f[10], f[9]);
  row.restarts = static_cast<std::uint32_t>(std::min<std::int64_t>(number(f[3]).value_or(0), 1 << 30));
  row.observation = observe({f[1], f[2], f[8], f[4], f[5], f[6], "squeue"});
  if (const auto* end = std::get_if<observed::Ended>(&row.observation))
    row.never_ran = none(f[6]) && end->failure.has_value();
  show(row, "nodes", f[6]);
  show(row, "partition", f[7]);
  return row;
}

// What stands before each end mark, with its code; the last part has none where the answer was cut.
struct Part {
  std::vector<std::string_view> lines;  // of the output
  std::optional<int> code;
};
std::vector<Part> parts_of(const std::string& out) {
  std::vector<Part> parts(1);
  std::string_view text = out;
  for (;;) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) break;  // a line that is not whole is none
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.substr(0, end_mark.size()) == end_mark) {
      if (const auto code = number(line.substr(end_mark.size())))
        parts.back().code = static_cast<int>(*code);
      parts.emplace_back();
    } else {
      parts.back().lines.emplace_back(line);
    }
  }
  if (parts.back().lines.empty() && parts.size() > 1) parts.pop_back();
  return parts;
}

constexpr std::string_view squeue_heading = "JOBID|STATE|", unknown_id = "Invalid job id specified";

// Adds its rows; whether it is healthy.
bool take_squeue(const Part& part, std::string_view err, Answer& answer) {
  bool heading = false;
  answer.rows.reserve(answer.rows.size() + part.lines.size());
  for (const auto& line : part.lines) {
    if (line.substr(0, squeue_heading.size()) == squeue_heading)
      heading = true;
    else if (heading)
      if (auto row = squeue_row(line)) answer.rows.push_back(std::move(*row));
  }
  if (!part.code) return false;
  // One id that is not known makes the whole command fail, with these words.
  return (heading && *part.code == 0) ||
         (*part.code == 1 && err.find(unknown_id) != std::string_view::npos);
}

std::string problem_of(const char* command, const ShellOutput& output,
                       const std::vector<Part>& parts) {
  std::string words = one_line(trim(output.err), 200);
  if (words.empty() && !parts.empty() && !parts.back().lines.empty())
    words = one_line(parts.back().lines.back(), 200);
  return std::string(command) + ": " + (words.empty() ? "its answer is not whole" : words);
}

std::optional<std::int64_t> bytes_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0) return std::nullopt;
  double unit = 1;
  if (end != text.data() + text.size()) {
    const auto at = std::string_view("KMGT").find(*end);
    if (at == std::string_view::npos || end + 1 != text.data() + text.size()) return std::nullopt;
    for (std::size_t i = 0; i <= at; ++i) unit *= 1024;
  }
  if (value * unit > 9e18) return std::nullopt;
  return static_cast<std::int64_t>(value * unit);
}

// "[DD-]HH:MM:SS" or "MM:SS.mmm", in milliseconds.
std::optional<std::int64_t> cpu_ms_of(std::string_view text) {
  std::int64_t days = 0;
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    days = number(text.substr(0, dash)).value_or(0);
    text.remove_prefix(dash + 1);
  }
  std::int64_t ms = 0;
  if (const auto dot = text.find('.'); dot != std::string_view::npos) {
    ms = number(text.substr(dot + 1)).value_or(0);
    text = text.substr(0, dot);
  }
  std::int64_t seconds = 0;
  for (const auto& part : split(text, ':')) {
    const auto value = number(part);
    if (!value || *value > 100'000'000) return std::nullopt;
    seconds = seconds * 60 + *value;
  }
  return (days * 86400 + seconds) * 1000 + ms;
}

// Rows under their heading, by its names, so that both forms (accounting and completion log) are
// read alike. Steps ("4711.batch") give what their job used.
bool take_sacct(const Part& part, Answer& answer) {
  std::vector<std::string> names;
  std::map<std::string, std::size_t> places;
  bool disabled = false;
  for (const auto& line : part.lines) {
    if (line.find("accounting storage is disabled") != std::string::npos) disabled = true;
    if (line.substr(0, 5) == "JobID") {
      names = split(line, '|');
      continue;
    }
    if (names.empty()) continue;
    const auto fields = fields_of(line, names.size());
    if (fields.size() != names.size()) continue;
    const auto field = [&](std::string_view name) -> std::string {
      const auto it = std::find(names.begin(), names.end(), name);
      return it == names.end() ? "" : fields[static_cast<std::size_t>(it - names.begin())];
    };
    const std::string id = fields[0].substr(0, fields[0].find('.'));
    if (!is_number(id)) continue;
    if (id.size() != fields[0].size()) {  // a step
      const auto job = places.find(id);
      if (job == places.end()) continue;
      auto* end = std::get_if<observed::Ended>(&answer.rows[job->second].observation);
      if (!end) continue;
      if (end->usage.is_null()) end->usage = Json::object();
      if (const auto rss = bytes_of(field("MaxRSS")); rss && *rss > 0)
        end->usage["max_rss_bytes"] =
            std::max(*rss, end->usage.value("max_rss_bytes", std::int64_t{0}));
      continue;
    }
    const std::string state = field("State");
    if (state.empty() || field("ExitCode").empty()) continue;  // a broken line of the log
    Row row;
    row.id = id;
    row.token = token_of("", field("WorkDir"));
    const std::string status = field("ExitCode"), start = field("Start"), end_time = field("End"),
                      nodes = field("NodeList");
    row.observation = observe({state, status, "", start, end_time, nodes, "sacct"});
    if (auto* end = std::get_if<observed::Ended>(&row.observation)) {
      row.never_ran = (none(nodes) || nodes == "None assigned") && end->failure.has_value();
      if (const auto cpu = cpu_ms_of(field("TotalCPU")); cpu && *cpu > 0)
        end->usage = {{"cpu_ms", *cpu}};
    }
    places[id] = answer.rows.size();
    answer.rows.push_back(std::move(row));
  }
  return part.code == 0 && (disabled || !names.empty());
}

Evidence evidence_of(const char* command, const std::vector<Part>& parts, std::size_t rows) {
  return {command, parts.empty() ? std::nullopt : parts.back().code,
          std::to_string(rows) + " rows"};
}

}  // namespace

SubmitAnswer read_sbatch(const ShellOutput& output) {
  std::string id;
  bool several = false;
  for (const auto& raw : split(output.out, '\n')) {
    const std::string line(trim(raw));
    const auto semicolon = std::min(line.find(';'), line.size());
    if (!is_number(std::string_view(line).substr(0, semicolon)) || line.front() == '0') continue;
    if (line.find_first_of(" \t|") != std::string::npos) continue;
    several = several || (!id.empty() && id != line);
    id = line;
  }
  // "4711;cluster" where SLURM_CLUSTERS chose it.
  if (output.exit_code == 0 && !id.empty() && !several)
    return sdk::batch::Submitted{id.substr(0, id.find(';')), {}};
  if (id.empty())
    if (auto refusal = read_refusal(output.err, output.exit_code)) return std::move(*refusal);
  const std::string words = one_line(trim(output.out + " " + output.err), 300);
  return sdk::InDoubt{"sbatch: exit code " + std::to_string(output.exit_code) +
                      (several ? ", several ids" : "") + (words.empty() ? "" : ": " + words)};
}

Answer read_squeue(const ShellOutput& output) {
  Answer answer;
  const auto parts = parts_of(output.out);
  answer.healthy = parts.size() == 1;
  for (const auto& part : parts)
    if (!take_squeue(part, output.err, answer)) answer.healthy = false;
  if (!answer.healthy) answer.problem = problem_of("squeue", output, parts);
  answer.evidence = evidence_of("squeue", parts, answer.rows.size());
  if (!answer.healthy) answer.evidence.words = answer.problem;
  return answer;
}

Answer read_sacct(const ShellOutput& output) {
  Answer answer;
  const auto parts = parts_of(output.out);
  answer.healthy = parts.size() == 1;
  for (const auto& part : parts)
    if (!take_sacct(part, answer)) answer.healthy = false;
  if (!answer.healthy) answer.problem = problem_of("sacct", output, parts);
  answer.evidence = evidence_of("sacct", parts, answer.rows.size());
  if (output.out.find("accounting storage is disabled") != std::string::npos)
    answer.evidence.words += ", without accounting";
  return answer;
}

Answer read_find(const ShellOutput& output) {
  Answer answer;
  const auto parts = parts_of(output.out);
  if (parts.size() == 2) {
    const bool queue = take_squeue(parts[0], output.err, answer);
    Answer history;
    answer.healthy = take_sacct(parts[1], history) && queue;
    for (auto& row : history.rows) {
      const bool known = std::any_of(answer.rows.begin(), answer.rows.end(),
                                     [&](const Row& other) { return other.id == row.id; });
      if (!known) answer.rows.push_back(std::move(row));
    }
  } else if (!parts.empty()) {
    take_squeue(parts[0], output.err, answer);
  }
  if (!answer.healthy) answer.problem = problem_of("squeue or sacct", output, parts);
  answer.evidence = evidence_of("squeue, sacct", parts, answer.rows.size());
  return answer;
}

namespace {

// The job that a line of `scancel -v` is about: "scancel: Terminating job 22". Or "".
std::string named_job(std::string_view line) {
  constexpr std::string_view word = " job ";
  const auto at = line.find(word);
  if (at == std::string::npos) return "";
  const auto begin = at + word.size();
  return std::string(line.substr(begin, line.find(' ', begin) - begin));
}

}  // namespace

// A job was sent its kill if it is named and no error is told of it: what is no answer of scancel's
// (a banner, the words of another job) says nothing of it.
std::vector<sdk::batch::Scheduler::KillAnswer> read_scancel(const ShellOutput& output,
                                                            std::span<const AskedJob> jobs) {
  std::map<std::string, std::string> errors;  // by id
  std::set<std::string> named;                // ids
  bool whole = true, clean = true;
  for (const auto& part : parts_of(output.out)) {
    whole = whole && part.code.has_value();
    clean = clean && part.code == 0;
    for (const auto& line : part.lines) {
      constexpr std::string_view begin = "error on job id ";
      const auto at = line.find(begin);
      if (at == std::string::npos) {
        named.insert(named_job(line));
        continue;
      }
      const std::string rest(line.substr(at + begin.size()));
      const auto colon = rest.find(':');
      if (colon == std::string::npos) continue;
      errors[rest.substr(0, colon)] = rest.substr(colon + 1);
    }
  }
  std::vector<sdk::batch::Scheduler::KillAnswer> answers;
  for (const auto& job : jobs) {
    const auto error = errors.find(job.state.id);
    if (error == errors.end()) {
      if (named.contains(job.state.id) && whole && (clean || !errors.empty()))
        answers.push_back({sdk::KillWord::sent, ""});
      else
        answers.push_back({sdk::KillWord::cannot_tell,
                           "scancel: " + one_line(trim(output.out + output.err), 200)});
    } else if (error->second.find("already completing or completed") != std::string::npos ||
               error->second.find(unknown_id) != std::string::npos) {
      answers.push_back({sdk::KillWord::already_over, ""});
    } else {
      answers.push_back({sdk::KillWord::cannot_tell, "scancel:" + error->second});
    }
  }
  return answers;
}

}  // namespace ketrew::slurm
