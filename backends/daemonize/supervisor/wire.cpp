#include "backends/daemonize/supervisor/wire.hpp"

#include <cstring>

namespace ketrew::daemonize::wire {

void Writer::begin(Kind kind) {
  frame_ = out_.size();
  u32(0);
  byte(static_cast<std::uint8_t>(kind));
}

void Writer::end() {
  const auto size = static_cast<std::uint32_t>(out_.size() - frame_ - sizeof(std::uint32_t));
  std::memcpy(out_.data() + frame_, &size, sizeof size);
}

void Writer::text(std::string_view value) {
  u32(static_cast<std::uint32_t>(value.size()));
  out_.append(value);
}

void Writer::texts(const std::vector<std::string>& values) {
  u32(static_cast<std::uint32_t>(values.size()));
  for (const auto& value : values) text(value);
}

void Reader::raw(void* into, std::size_t size) {
  if (rest_.size() < size) {
    ok_ = false;
    rest_ = {};
    std::memset(into, 0, size);
    return;
  }
  std::memcpy(into, rest_.data(), size);
  rest_.remove_prefix(size);
}

std::uint8_t Reader::byte() {
  std::uint8_t value;
  raw(&value, sizeof value);
  return value;
}
std::uint32_t Reader::u32() {
  std::uint32_t value;
  raw(&value, sizeof value);
  return value;
}
std::uint64_t Reader::u64() {
  std::uint64_t value;
  raw(&value, sizeof value);
  return value;
}
std::int64_t Reader::i64() {
  std::int64_t value;
  raw(&value, sizeof value);
  return value;
}

std::string_view Reader::text() {
  const std::size_t size = u32();
  if (size > rest_.size()) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const auto value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

std::vector<std::string> Reader::texts() {
  std::vector<std::string> values;
  const std::size_t count = u32();
  if (count >
      rest_.size() / sizeof(std::uint32_t)) {  // each has at least its size: no huge reserve
    ok_ = false;
    rest_ = {};
    return values;
  }
  values.reserve(count);
  for (std::size_t i = 0; i < count && ok_; ++i) values.emplace_back(text());
  return values;
}

Cut cut_frame(std::string_view& bytes, Frame& frame) {
  std::uint32_t size;
  if (bytes.size() < sizeof size) return Cut::more;
  std::memcpy(&size, bytes.data(), sizeof size);
  if (size == 0 || size > frame_limit) return Cut::broken;
  if (bytes.size() - sizeof size < size) return Cut::more;
  frame.kind = static_cast<Kind>(bytes[sizeof size]);
  frame.body = bytes.substr(sizeof size + 1, size - 1);
  bytes.remove_prefix(sizeof size + size);
  return Cut::frame;
}

void write(Writer& writer, const Start& start) {
  writer.begin(Kind::start);
  writer.text(start.token);
  writer.text(start.root);
  writer.text(start.job_id);
  writer.u32(start.attempt);
  writer.u32(start.grace_ms);
  writer.text(start.directory);
  writer.texts(start.environment);
  writer.texts(start.argv);
  writer.text(start.script);
  writer.byte(start.log_command ? 1 : 0);
  writer.end();
}

std::optional<Start> read_start(std::string_view body) {
  Reader reader(body);
  Start start;
  start.token = reader.text();
  start.root = reader.text();
  start.job_id = reader.text();
  start.attempt = reader.u32();
  start.grace_ms = reader.u32();
  start.directory = reader.text();
  start.environment = reader.texts();
  start.argv = reader.texts();
  start.script = reader.text();
  start.log_command = reader.byte() != 0;
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return start;
}

namespace {

template <class Answer>
void write_answer(Writer& writer, Kind kind, const Answer& answer) {
  writer.begin(kind);
  writer.text(answer.token);
  writer.byte(static_cast<std::uint8_t>(answer.answer));
  writer.u32(static_cast<std::uint32_t>(answer.process.pid));
  writer.u64(answer.process.start_ticks);
  writer.text(answer.why);
  writer.end();
}

template <class Answer>
std::optional<Answer> read_answer(std::string_view body) {
  Reader reader(body);
  Answer answer;
  answer.token = reader.text();
  answer.answer = static_cast<decltype(answer.answer)>(reader.byte());
  answer.process.pid = static_cast<std::int32_t>(reader.u32());
  answer.process.start_ticks = reader.u64();
  answer.why = reader.text();
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return answer;
}

}  // namespace

void write(Writer& writer, const Started& started) { write_answer(writer, Kind::started, started); }
std::optional<Started> read_started(std::string_view body) { return read_answer<Started>(body); }
void write(Writer& writer, const Found& found) { write_answer(writer, Kind::found, found); }
std::optional<Found> read_found(std::string_view body) { return read_answer<Found>(body); }

void write(Writer& writer, const End& end) {
  writer.u32(static_cast<std::uint32_t>(end.code));
  writer.u32(static_cast<std::uint32_t>(end.signal));
  writer.i64(end.started_ms);
  writer.i64(end.ended_ms);
  writer.u64(end.max_rss_bytes);
  writer.u64(end.cpu_ms);
  writer.text(end.note);
}

End read_end(Reader& reader) {
  End end;
  end.code = static_cast<std::int32_t>(reader.u32());
  end.signal = static_cast<std::int32_t>(reader.u32());
  end.started_ms = reader.i64();
  end.ended_ms = reader.i64();
  end.max_rss_bytes = reader.u64();
  end.cpu_ms = reader.u64();
  end.note = reader.text();
  return end;
}

void write(Writer& writer, const Looked& looked) {
  writer.text(looked.token);
  writer.byte(static_cast<std::uint8_t>(looked.answer));
  writer.u32(static_cast<std::uint32_t>(looked.process.pid));
  writer.u64(looked.process.start_ticks);
  writer.i64(looked.started_ms);
  if (looked.answer == LookAnswer::ended) write(writer, looked.end);
}

Looked read_looked(Reader& reader) {
  Looked looked;
  looked.token = reader.text();
  looked.answer = static_cast<LookAnswer>(reader.byte());
  looked.process.pid = static_cast<std::int32_t>(reader.u32());
  looked.process.start_ticks = reader.u64();
  looked.started_ms = reader.i64();
  if (looked.answer == LookAnswer::ended) looked.end = read_end(reader);
  return looked;
}

}  // namespace ketrew::daemonize::wire
