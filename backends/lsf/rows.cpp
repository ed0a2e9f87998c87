#include "backends/lsf/rows.hpp"

#include <charconv>

#include "backends/lsf/ended.hpp"
#include "backends/lsf/names.hpp"
#include "backends/lsf/states.hpp"
#include "core/base/text.hpp"

namespace ketrew::lsf {
namespace {

using namespace sdk::batch;

Row renamed(const std::string& id, const std::string& name) {
  Row row;
  row.id = id;
  row.observation = observed::CannotTell{
      "job " + id + " of LSF is called \"" + one_line(name, 80) + "\", not as it was submitted", {}};
  return row;
}

Observation unknown(const std::string& id, const std::string& word) {
  return observed::CannotTell{"job " + id + ": LSF's state \"" + one_line(word, 40) + "\" is unknown",
                              {}};
}

Observation cannot_tell(const NativeState& state) {
  return observed::CannotTell{std::string(state.word) + ": " + std::string(state.meaning), {}};
}

Wall submitted(const AskedJob& asked) { return from_unix_milliseconds(asked.state.submitted_ms); }

std::optional<Wall> start_of(const LongJob& job, const AskedJob& asked) {
  std::optional<Wall> start;
  for (const LongEvent& event : job.events)
    if (event.text.find("tartedon<") != std::string::npos)
      start = lsf_time(event.time, submitted(asked));
  return start;
}

void take_end(Row& row, End end, const std::string& command) {
  end.ended.evidence.command = command + " " + row.id;
  row.never_ran = end.never_ran;
  row.may_come_back = end.may_come_back;
  row.observation = std::move(end.ended);
}

// "Startedon<vm>,ExecutionHome<...>": the machines, up to what follows them.
std::string hosts_of(const LongJob& job) {
  for (auto event = job.events.rbegin(); event != job.events.rend(); ++event) {
    std::size_t at = event->text.find("tartedon");
    if (at == std::string::npos) continue;
    std::string hosts;
    for (at = event->text.find('<', at); at != std::string::npos && at < event->text.size();) {
      const std::size_t end = event->text.find('>', at);
      if (end == std::string::npos) break;
      hosts += (hosts.empty() ? "" : " ") + event->text.substr(at + 1, end - at - 1);
      if (end + 1 >= event->text.size() || event->text[end + 1] != '<') break;
      at = end + 1;
    }
    return hosts;
  }
  return {};
}

// "12 Mbytes", "0.5 second(s)": the number.
std::optional<double> leading_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || number > 1e15) return std::nullopt;
  return number;
}

Json usage_of(const FieldsJob& job) {
  Json usage = Json::object();
  if (const auto seconds = leading_number(job.cpu))
    usage["cpu_ms"] = static_cast<std::int64_t>(*seconds * 1000);
  if (const auto amount = leading_number(job.memory)) {
    double unit = 0;
    if (job.memory.find("Kbyte") != std::string::npos) unit = 1024.0;
    if (job.memory.find("Mbyte") != std::string::npos) unit = 1024.0 * 1024;
    if (job.memory.find("Gbyte") != std::string::npos) unit = 1024.0 * 1024 * 1024;
    if (job.memory.find("Tbyte") != std::string::npos) unit = 1024.0 * 1024 * 1024 * 1024;
    if (unit > 0) usage["max_rss_bytes"] = static_cast<std::int64_t>(*amount * unit);
  }
  return usage;
}

Row end_of(Row row, const FieldsJob& job, const AskedJob& asked) {
  End end;
  observed::Ended& ended = end.ended;
  ended.started_at = lsf_time(job.started, submitted(asked));
  ended.ended_at = lsf_time(job.finished, submitted(asked));
  ended.usage = usage_of(job);
  ended.evidence.words = job.status;
  end.never_ran = job.started.empty();
  if (job.status == "DONE") {
    ended.exit_code = 0;
  } else {
    const auto code = leading_number(job.exit_code);
    if (code && *code >= 0 && *code <= 255) ended.exit_code = static_cast<int>(*code);
    if (ended.exit_code) ended.evidence.words += ", exit code " + std::to_string(*ended.exit_code);
    const TermReason* reason = term_reason_in(job.exit_reason);
    if (!job.exit_reason.empty()) {
      ended.evidence.words += ", " + job.exit_reason;
      ended.message = job.exit_reason;
    }
    if (reason) ended.failure = reason->failure;
    if (!ended.failure && end.never_ran) ended.failure = FailureClass::cancelled_outside;
    end.may_come_back = (reason && reason->runs_again) ||
                        (!ended.failure && ended.exit_code && *ended.exit_code > 128);
  }
  take_end(row, std::move(end), "bjobs -o");
  return row;
}

}  // namespace

Row queue_row(const LongJob& job, const AskedJob& asked) {
  if (!is_name_of(job.name, asked.token)) return renamed(job.id, job.name);
  Row row;
  row.id = job.id;
  row.token = asked.token;
  const NativeState* state = native_state(job.status);
  if (!job.whole) {
    row.observation = observed::CannotTell{"the report of bjobs was cut", {}};
    return row;
  }
  if (!state) {
    row.observation = unknown(job.id, job.status);
    return row;
  }
  if (!job.queue.empty()) row.shown["queue"] = job.queue;
  if (const std::string hosts = hosts_of(job); !hosts.empty()) row.shown["hosts"] = hosts;
  switch (state->verdict) {
    case Verdict::waiting:
      row.observation = observed::Waiting{
          job.reasons.empty() ? std::string(state->meaning)
                              : std::string(state->word) + ": " + job.reasons};
      break;
    case Verdict::running:
      row.observation = observed::Running{std::string(state->meaning), start_of(job, asked)};
      if (!job.reasons.empty()) row.shown["suspended"] = job.reasons;
      break;
    case Verdict::cannot_tell: row.observation = cannot_tell(*state); break;
    case Verdict::ended:
      if (auto end = end_in_queue(job, submitted(asked)))
        take_end(row, std::move(*end), "bjobs -l");
      else
        row.observation = observed::CannotTell{
            "job " + job.id + ": " + job.status + ", in words that are unknown", {}};
      break;
  }
  return row;
}

Row queue_row(const FieldsJob& job, const AskedJob& asked) {
  if (!is_name_of(job.name, asked.token)) return renamed(job.id, job.name);
  Row row;
  row.id = job.id;
  row.token = asked.token;
  const NativeState* state = native_state(job.status);
  if (!state) {
    row.observation = unknown(job.id, job.status);
    return row;
  }
  if (!job.queue.empty()) row.shown["queue"] = job.queue;
  if (!job.hosts.empty()) row.shown["hosts"] = job.hosts;
  switch (state->verdict) {
    case Verdict::waiting:
      row.observation = observed::Waiting{
          job.reason.empty() ? std::string(state->meaning)
                             : std::string(state->word) + ": " + job.reason};
      break;
    case Verdict::running:
      row.observation = observed::Running{std::string(state->meaning),
                                          lsf_time(job.started, submitted(asked))};
      if (!job.reason.empty()) row.shown["suspended"] = job.reason;
      break;
    case Verdict::cannot_tell: row.observation = cannot_tell(*state); break;
    case Verdict::ended: return end_of(std::move(row), job, asked);
  }
  return row;
}

std::optional<Row> history_row(const LongJob& job, const AskedJob& asked) {
  if (!is_name_of(job.name, asked.token)) return std::nullopt;
  auto end = end_in_history(job, submitted(asked));
  if (!end) return std::nullopt;
  Row row;
  row.id = job.id;
  row.token = asked.token;
  take_end(row, std::move(*end), "bhist -l");
  return row;
}

}  // namespace ketrew::lsf
