#include "core/host/exit_record.hpp"

#include <charconv>

#include "core/base/text.hpp"

namespace ketrew::host {
namespace {

constexpr std::string_view plain_punctuation = "-_.:/+,";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         plain_punctuation.find(c) != std::string_view::npos;
}

void add(std::string& out, std::string_view key, std::string_view value) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  out += ' ';
  out += key;
  out += '=';
  for (const char c : value) {
    if (is_plain(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
}

template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!is_plain(text[i])) return std::nullopt;
      out += text[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
    if (error != std::errc() || end != text.data() + i + 3) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

// Calls `take(key, value)` for each word between `first` and "end"; false stops with an error.
template <class Take>
Result<> parse_line(std::string_view text, std::string_view first, Take take) {
  const auto broken = [&](const char* why) {
    return fail(ErrorKind::corrupt, "the " + std::string(first) + " file is not whole: " + why +
                                        ": \"" + one_line(text, 80) + "\"");
  };
  if (text.empty()) return fail(ErrorKind::corrupt, "the " + std::string(first) + " file is empty");
  if (text.size() > 4096) return broken("too long");
  if (text.back() != '\n') return broken("no end of line");
  text.remove_suffix(1);
  const auto words = split(text, ' ');
  if (words.size() < 2 || words.front() != first) return broken("another beginning");
  if (words.back() != "end") return broken("no end mark");
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    const auto equals = words[i].find('=');
    if (equals == std::string::npos || equals == 0) return broken("a word without a value");
    const auto value = decode(std::string_view(words[i]).substr(equals + 1));
    if (!value || !take(std::string_view(words[i]).substr(0, equals), *value))
      return broken("a value that cannot be");
  }
  return {};
}

}  // namespace

std::string to_text(const ExitRecord& record) {
  std::string out = "exit";
  if (record.code) add(out, "code", std::to_string(*record.code));
  if (record.signal) add(out, "signal", std::to_string(*record.signal));
  if (record.started) add(out, "started", to_rfc3339(*record.started));
  if (record.ended) add(out, "ended", to_rfc3339(*record.ended));
  if (record.max_rss_bytes) add(out, "max-rss-bytes", std::to_string(*record.max_rss_bytes));
  if (record.cpu_ms) add(out, "cpu-ms", std::to_string(*record.cpu_ms));
  if (!record.note.empty()) add(out, "note", record.note);
  return out += " end\n";
}

Result<ExitRecord> parse_exit(std::string_view text) {
  ExitRecord record;
  const auto parsed = parse_line(text, "exit", [&](std::string_view key, const std::string& value) {
    if (key == "code") {
      record.code = to_number<int>(value);
      return record.code && *record.code >= 0 && *record.code <= 255;
    }
    if (key == "signal") {
      record.signal = to_number<int>(value);
      return record.signal && *record.signal >= 1 && *record.signal <= 127;
    }
    // Times and usage are for people: one that cannot be read is left out, the proof stands.
    if (key == "started") record.started = parse_rfc3339(value);
    if (key == "ended") record.ended = parse_rfc3339(value);
    if (key == "max-rss-bytes") record.max_rss_bytes = to_number<std::uint64_t>(value);
    if (key == "cpu-ms") record.cpu_ms = to_number<std::uint64_t>(value);
    if (key == "note") record.note = value;
    return true;
  });
  if (!parsed) return pass(parsed.error());
  if (record.code.has_value() == record.signal.has_value())
    return fail(ErrorKind::corrupt,
                "the exit file has not one of code and signal: \"" + one_line(text, 80) + "\"");
  return record;
}

observed::Ended to_ended(const ExitRecord& record, const std::string& where) {
  observed::Ended ended;
  ended.exit_code = record.code;
  ended.signal = record.signal;
  ended.message = record.note;
  std::string words = record.code ? "code=" + std::to_string(*record.code)
                                  : "signal=" + std::to_string(record.signal.value_or(0));
  ended.evidence = {"read " + where, std::nullopt, std::move(words)};
  ended.started_at = record.started;
  ended.ended_at = record.ended;
  if (record.max_rss_bytes || record.cpu_ms) {
    ended.usage = Json::object();
    if (record.max_rss_bytes) ended.usage["max_rss_bytes"] = *record.max_rss_bytes;
    if (record.cpu_ms) ended.usage["cpu_ms"] = *record.cpu_ms;
  }
  return ended;
}

std::string to_text(const ClaimRecord& record) {
  std::string out = "claim";
  add(out, "by", record.by);
  add(out, "restart", std::to_string(record.restart));
  if (record.process.pid > 0) add(out, "pid", std::to_string(record.process.pid));
  if (record.process.started > 0) add(out, "start", std::to_string(record.process.started));
  if (!record.process.boot.empty()) add(out, "boot", record.process.boot);
  if (!record.mark.empty()) add(out, "mark", record.mark);
  return out += " end\n";
}

Result<ClaimRecord> parse_claim(std::string_view text) {
  ClaimRecord record;
  const auto parsed =
      parse_line(text, "claim", [&](std::string_view key, const std::string& value) {
        if (key == "by") record.by = value;
        if (key == "boot") record.process.boot = value;
        if (key == "mark") record.mark = value;
        if (key == "restart") {
          const auto count = to_number<int>(value);
          record.restart = count.value_or(0);
          return count.has_value() && *count >= 0;
        }
        // A script that could not find out about itself writes an empty value.
        if (key == "pid" && !value.empty()) {
          const auto pid = to_number<pid_t>(value);
          record.process.pid = pid.value_or(0);
          return pid.has_value() && *pid > 0;
        }
        if (key == "start" && !value.empty()) {
          const auto start = to_number<std::uint64_t>(value);
          record.process.started = start.value_or(0);
          return start.has_value();
        }
        return true;
      });
  if (!parsed) return pass(parsed.error());
  return record;
}

}  // namespace ketrew::host
