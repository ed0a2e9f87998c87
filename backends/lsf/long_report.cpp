#include "backends/lsf/long_report.hpp"

#include <charconv>

#include "core/base/text.hpp"

namespace ketrew::lsf {
namespace {

constexpr std::string_view continuation = "                     ";  // 21 blanks
constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::string_view week = "SunMonTueWedThuFriSat";
constexpr std::chrono::hours slack(24);  // between our clock and that of the host

// The place of a word of three letters in a list of them; nothing where it is none.
std::optional<unsigned> place_of(std::string_view word, std::string_view list) {
  if (word.size() != 3) return std::nullopt;
  const std::size_t at = list.find(word);
  if (at == std::string_view::npos || at % 3 != 0) return std::nullopt;
  return static_cast<unsigned>(at / 3);
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_squashed(std::string& out, std::string_view text) {
  for (const char c : text)
    if (!is_blank(c)) out += c;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t i = 0;
  while (i < line.size()) {
    if (is_blank(line[i])) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < line.size() && !is_blank(line[i])) ++i;
    words.push_back(line.substr(begin, i - begin));
  }
  return words;
}

// The length of "Sun Nov 22 06:34:36" (perhaps with a year) before ": ", at the line's beginning.
std::optional<std::size_t> event_time(std::string_view line) {
  if (line.size() < 21 || line[3] != ' ' || line[7] != ' ' || line[10] != ' ') return std::nullopt;
  if (!place_of(line.substr(0, 3), week) || !place_of(line.substr(4, 3), months) ||
      !is_digit(line[9]) || line[13] != ':' || line[16] != ':')
    return std::nullopt;
  std::size_t size = 19;
  if (line.size() > 25 && line[19] == ' ' && is_digit(line[20])) size = 24;
  if (!line.substr(size).starts_with(": ")) return std::nullopt;
  return size;
}

// What stands between "<" and ">" after `label`, in a heading without white space.
std::string labelled(std::string_view heading, std::string_view label) {
  const std::size_t at = heading.find(label);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + label.size(), end = heading.find('>', begin);
  return end == std::string_view::npos ? std::string()
                                       : std::string(heading.substr(begin, end - begin));
}

class Reader {
 public:
  std::vector<LongJob> read(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos) break;  // a line without its end was cut
      line(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    finish();
    return std::move(jobs_);
  }

 private:
  enum class In { nothing, heading, event, run_limit, reasons, summary, totals };

  void line(std::string_view line) {
    if (line.starts_with("Job <")) {
      finish();
      open_ = true;
      job_ = {};
      heading_.clear();
      append_squashed(heading_, line);
      in_ = In::heading;
      return;
    }
    if (!open_) return;
    if (line.starts_with(continuation)) {
      if (in_ == In::heading) append_squashed(heading_, line);
      else if (in_ == In::event) append_squashed(job_.events.back().text, line);
      else if (in_ == In::reasons) add_reason(line);
      return;
    }
    if (const auto size = event_time(line)) {
      job_.events.push_back({std::string(line.substr(0, *size)), {}});
      append_squashed(job_.events.back().text, line.substr(*size + 2));
      in_ = In::event;
      return;
    }
    special(line);
  }

  void special(std::string_view line) {
    const std::string_view plain = trim(line);
    if (in_ == In::run_limit) {
      double minutes = 0;
      const auto parsed = std::from_chars(plain.data(), plain.data() + plain.size(), minutes);
      if (parsed.ec == std::errc()) job_.run_limit_minutes = minutes;
      in_ = In::nothing;
    } else if (in_ == In::summary) {
      columns_.clear();
      for (const std::string_view word : words_of(line)) columns_.emplace_back(word);
      in_ = In::totals;
    } else if (in_ == In::totals) {
      totals(line);
    } else if (plain == "RUNLIMIT") {
      in_ = In::run_limit;
    } else if (plain == "PENDING REASONS:" || plain == "SUSPENDING REASONS:") {
      in_ = In::reasons;
    } else if (plain.starts_with("loadStop ")) {  // the last line of `bjobs -l`
      job_.whole = true;
      in_ = In::nothing;
    } else if (line.starts_with("Summary of time in seconds")) {
      in_ = In::summary;
    } else if (in_ == In::reasons && !plain.empty() && plain != "SCHEDULING PARAMETERS:") {
      add_reason(line);
    } else {
      in_ = In::nothing;
    }
  }

  void add_reason(std::string_view line) {
    if (!job_.reasons.empty()) job_.reasons += ' ';
    job_.reasons += trim(line);
  }

  // The last line of `bhist -l`: a number below each column.
  void totals(std::string_view line) {
    in_ = In::nothing;
    const auto words = words_of(line);
    if (words.size() != columns_.size() || words.empty() || columns_.back() != "TOTAL") return;
    std::vector<std::int64_t> numbers;
    for (const std::string_view word : words) {
      std::int64_t number = 0;
      const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
      if (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size()) return;
      numbers.push_back(number);
    }
    for (std::size_t i = 0; i < numbers.size(); ++i)
      if (columns_[i] == "RUN") job_.run_seconds = numbers[i];
    job_.whole = true;
  }

  void finish() {
    if (!open_) return;
    open_ = false;
    in_ = In::nothing;
    // What the user wrote comes last: nothing of the heading is looked for in it.
    std::string_view heading = heading_;
    if (const std::size_t command = heading.find(",Command<"); command != std::string_view::npos)
      heading = heading.substr(0, command);
    else
      job_.whole = false;
    job_.id = labelled(heading, "Job<");
    job_.name = labelled(heading, ",JobName<");
    job_.status = labelled(heading, ",Status<");
    job_.queue = labelled(heading, ",Queue<");
    if (!job_.id.empty()) jobs_.push_back(std::move(job_));
  }

  std::vector<LongJob> jobs_;
  LongJob job_;
  std::string heading_;
  std::vector<std::string> columns_;
  bool open_ = false;
  In in_ = In::nothing;
};

}  // namespace

std::vector<LongJob> read_long(std::string_view text) { return Reader().read(text); }

std::optional<Wall> lsf_time(std::string_view text, Wall after) {
  if (after == Wall{}) return std::nullopt;
  auto words = words_of(text);
  if (!words.empty() && place_of(words.front(), week)) words.erase(words.begin());
  if (words.size() < 3) return std::nullopt;
  const auto month = place_of(words[0], months);
  const std::string_view clock = words[2];
  unsigned day = 0, hour = 0, minute = 0, second = 0;
  const auto number = [](std::string_view word, unsigned& out) {
    const auto parsed = std::from_chars(word.data(), word.data() + word.size(), out);
    return parsed.ec == std::errc() && parsed.ptr == word.data() + word.size();
  };
  if (!month || !number(words[1], day) ||
      (clock.size() != 5 && clock.size() != 8) || clock[2] != ':' ||
      !number(clock.substr(0, 2), hour) || !number(clock.substr(3, 2), minute) ||
      (clock.size() == 8 && (clock[5] != ':' || !number(clock.substr(6, 2), second))) ||
      hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  using namespace std::chrono;
  const Wall earliest = after - slack;
  const year first = year_month_day(floor<std::chrono::days>(earliest)).year();
  for (int more = 0; more <= 4; ++more) {  // a 29th of February may be years away
    const year_month_day date(first + years(more),
                              std::chrono::month(*month + 1),
                              std::chrono::day(day));
    if (!date.ok()) continue;
    const Wall time = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
    if (time >= earliest) return time;
  }
  return std::nullopt;
}

}  // namespace ketrew::lsf
