#include "core/store/rows.hpp"

#include <limits>

namespace ketrew::store {
namespace {

using namespace progress_flag;

std::optional<std::int64_t> milliseconds(const std::optional<Wall>& time) {
  if (!time) return {};
  return unix_milliseconds(*time);
}

template <class T>
T integer_at(const Query& query, int column) {
  const auto value = query.number_at(column);
  if (value < std::int64_t{std::numeric_limits<T>::min()} ||
      value > std::int64_t{std::numeric_limits<T>::max()})
    throw Unreadable{"a number out of range"};
  return static_cast<T>(value);
}

std::optional<int> int_or_null_at(const Query& query, int column) {
  if (query.is_null(column)) return {};
  return integer_at<int>(query, column);
}
std::optional<Wall> time_at(const Query& query, int column) {
  const auto value = query.number_or_null_at(column);
  if (!value) return {};
  return from_unix_milliseconds(*value);
}

Json json_of(const std::string& text, const char* what) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw Unreadable{std::string(what) + " is not JSON"};
  return json;
}

// {"exit": 2}: by name, so that a person can read it.
std::string failures_text(const Progress& progress) {
  Json json = Json::object();
  for (const auto each : all_failure_classes)
    if (const auto n = progress.failures[static_cast<std::size_t>(each)])
      json[std::string(to_string(each))] = n;
  return json.dump();
}

void read_failures(const std::string& text, Progress& progress) {
  const Json json = json_of(text, "failures");
  if (!json.is_object()) throw Unreadable{"failures is not an object"};
  for (const auto& [key, value] : json.items()) {
    const auto failure = parse_failure_class(key);
    if (!failure || !value.is_number_unsigned() || value > 65535)
      throw Unreadable{"failures has an unknown entry"};
    progress.failures[static_cast<std::size_t>(*failure)] = value.get<std::uint16_t>();
  }
}

void put_evidence(RowValues& row, const Evidence& evidence) {
  row.bytes(evidence.command).number_or_null(evidence.exit_code).bytes(evidence.words);
}
Evidence evidence_at(const Query& query, int first) {
  return {query.bytes_at(first), int_or_null_at(query, first + 1), query.bytes_at(first + 2)};
}

}  // namespace

ProgressTexts::ProgressTexts(const Progress& progress) {
  if (progress.failures != Progress{}.failures) failures = failures_text(progress);
  if (!progress.usage.is_null())
    usage = progress.usage.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void put_progress(RowValues& row, const Progress& p, const ProgressTexts& texts) {
  const std::int64_t flags = (p.attempt_open ? attempt_open : 0) | (p.doubt ? doubt : 0) |
                             (p.kill_asked ? kill_asked : 0) | (p.kill_sent ? kill_sent : 0) |
                             (p.set_aside ? set_aside : 0) | (p.asked_for ? 0 : never_asked_for) |
                             (p.orphan ? orphan : 0) | (p.timed_out ? timed_out : 0);
  row.number(static_cast<std::int64_t>(p.state)).number(p.attempt).number(flags);
  row.bytes(texts.failures).bytes(p.backend_state).bytes(p.phase).bytes(p.reason).bytes(p.message);
  row.number_or_null(p.exit_code).number_or_null(p.signal);
  row.number_or_null(p.failure ? std::optional<std::int64_t>(static_cast<std::int64_t>(*p.failure))
                               : std::nullopt);
  put_evidence(row, p.evidence);
  row.bytes(texts.usage);
  row.number_or_null(milliseconds(p.started_at)).number_or_null(milliseconds(p.ended_at));
  row.number_or_null(milliseconds(p.running_since)).number_or_null(milliseconds(p.noticed_at));
}

Progress progress_at(const Query& query, int first) {
  Progress p;
  p.state = state_at(query, first);
  p.attempt = integer_at<std::uint32_t>(query, first + 1);
  const auto flags = query.number_at(first + 2);
  if (flags < 0 || flags > 255) throw Unreadable{"flags out of range"};
  p.attempt_open = flags & attempt_open;
  p.doubt = flags & doubt;
  p.kill_asked = flags & kill_asked;
  p.kill_sent = flags & kill_sent;
  p.set_aside = flags & set_aside;
  p.asked_for = !(flags & never_asked_for);
  p.orphan = flags & orphan;
  p.timed_out = flags & timed_out;
  if (const auto text = query.bytes_at(first + 3); !text.empty()) read_failures(text, p);
  p.backend_state = query.bytes_at(first + 4);
  p.phase = query.bytes_at(first + 5);
  p.reason = query.bytes_at(first + 6);
  p.message = query.bytes_at(first + 7);
  p.exit_code = int_or_null_at(query, first + 8);
  p.signal = int_or_null_at(query, first + 9);
  if (const auto failure = query.number_or_null_at(first + 10)) {
    if (*failure < 0 || *failure >= std::int64_t{failure_class_count})
      throw Unreadable{"unknown failure class " + std::to_string(*failure)};
    p.failure = static_cast<FailureClass>(*failure);
  }
  p.evidence = evidence_at(query, first + 11);
  if (const auto text = query.bytes_at(first + 14); !text.empty()) p.usage = json_of(text, "usage");
  p.started_at = time_at(query, first + 15);
  p.ended_at = time_at(query, first + 16);
  p.running_since = time_at(query, first + 17);
  p.noticed_at = time_at(query, first + 18);
  return p;
}

State state_at(const Query& query, int column) {
  const auto value = query.number_at(column);
  if (value < 0 || value >= std::int64_t{state_count})
    throw Unreadable{"unknown state " + std::to_string(value)};
  return static_cast<State>(value);
}

JobId id_at(const Query& query, int column) {
  const auto id = JobId::parse(query.bytes_at(column));
  if (!id) throw Unreadable{"id is not a job id"};
  return *id;
}

EdgeKind edge_kind_at(const Query& query, int column) {
  const auto value = query.number_at(column);
  if (value < 0 || value > static_cast<std::int64_t>(EdgeKind::asks))
    throw Unreadable{"unknown kind of edge " + std::to_string(value)};
  return static_cast<EdgeKind>(value);
}

JobEnd end_at(const Query& query, int first) {
  return {id_at(query, first + 2), state_at(query, first),
          (query.number_at(first + 1) & never_asked_for) == 0};
}

Result<std::string> spec_text(const JobSpec& spec) try {
  if (!is_utf8(spec.host) || !is_utf8(spec.backend))
    return fail(ErrorKind::invalid, "the job's host or backend is not UTF-8");
  std::string text;
  append_json(text, spec);
  return text;
} catch (const Json::exception&) {
  return fail(ErrorKind::invalid,
              "the job has a text that is not UTF-8 where only UTF-8 can be kept");
}

Result<JobSpec> spec_of(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(ErrorKind::corrupt, "spec is not JSON");
  auto spec = job_spec_from_json(json);
  if (!spec) return fail(ErrorKind::corrupt, "spec: " + spec.error().what);
  return spec;
}

std::string retries_text(const RetryPolicy& retries) {
  return retries == RetryPolicy{} ? std::string() : to_json(retries).dump();
}
RetryPolicy retries_of(const std::string& text) {
  if (text.empty()) return {};
  auto retries = retry_policy_from_json(json_of(text, "retries"));
  if (!retries) throw Unreadable{retries.error().what};
  return *retries;
}

void put_history(RowValues& row, const HistoryEntry& entry, std::int64_t previous) {
  row.number(entry.sequence).number(entry.job).number(unix_milliseconds(entry.at));
  row.number(static_cast<std::int64_t>(entry.from)).number(static_cast<std::int64_t>(entry.to));
  row.number(entry.attempt).bytes(entry.reason);
  put_evidence(row, entry.evidence);
  row.number(previous);
}

HistoryEntry history_at(const Query& query) {
  HistoryEntry entry;
  entry.sequence = query.number_at(0);
  entry.job = query.number_at(1);
  entry.at = from_unix_milliseconds(query.number_at(2));
  entry.from = state_at(query, 3);
  entry.to = state_at(query, 4);
  entry.attempt = integer_at<std::uint32_t>(query, 5);
  entry.reason = query.bytes_at(6);
  entry.evidence = evidence_at(query, 7);
  entry.id = id_at(query, 11);
  return entry;
}

}  // namespace ketrew::store
