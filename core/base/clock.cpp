#include "core/base/clock.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <time.h>

namespace ketrew {

MonoClock::time_point MonoClock::now() {
  timespec ts{};
  clock_gettime(CLOCK_BOOTTIME, &ts);
  return time_point(std::chrono::duration_cast<duration>(std::chrono::seconds(ts.tv_sec) +
                                                         std::chrono::nanoseconds(ts.tv_nsec)));
}

Wall wall_now() {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

Now read_clocks() { return {MonoClock::now(), wall_now()}; }

std::string to_rfc3339(Wall time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto of_day = static_cast<unsigned>((time - day).count());
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto put = [&](std::size_t at, std::size_t digits, unsigned value) {
    for (; digits-- > 0; value /= 10) text[at + digits] = static_cast<char>('0' + value % 10);
  };
  put(0, 4, static_cast<unsigned>(std::clamp(static_cast<int>(date.year()), 0, 9999)));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, of_day / 3'600'000);
  put(14, 2, of_day / 60'000 % 60);
  put(17, 2, of_day / 1000 % 60);
  put(20, 3, of_day % 1000);
  return text;
}

namespace {

// Takes exactly `digits` digits off the front; -1 if they are not there.
int take_number(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits) return -1;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_one_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".5" and more digits than we keep; -1 for a dot without digits.
int take_fraction(std::string_view& text) {
  if (!take_one_of(text, ".")) return 0;
  int milliseconds = 0, scale = 100;
  if (text.empty() || text[0] < '0' || text[0] > '9') return -1;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), scale /= 10)
    milliseconds += (text[0] - '0') * scale;
  return milliseconds;
}

// The rest of the text: "Z" or "+hh:mm", in seconds east of Greenwich.
std::optional<int> zone_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const bool west = !text.empty() && text[0] == '-';
  if (!take_one_of(text, "+-")) return {};
  const int hours = take_number(text, 2);
  if (hours < 0 || hours > 23 || !take_one_of(text, ":")) return {};
  const int minutes = take_number(text, 2);
  if (minutes < 0 || minutes > 59 || !text.empty()) return {};
  return (hours * 60 + minutes) * (west ? -60 : 60);
}

}  // namespace

std::optional<Wall> parse_rfc3339(std::string_view text) {
  const int year = take_number(text, 4);
  if (year < 0 || !take_one_of(text, "-")) return {};
  const int month = take_number(text, 2);
  if (!take_one_of(text, "-")) return {};
  const int day = take_number(text, 2);
  const std::chrono::year_month_day date{
      std::chrono::year(year), std::chrono::month(static_cast<unsigned>(std::max(month, 0))),
      std::chrono::day(static_cast<unsigned>(std::max(day, 0)))};
  if (!date.ok() || !take_one_of(text, "Tt ")) return {};
  const int hour = take_number(text, 2);
  if (hour < 0 || hour > 23 || !take_one_of(text, ":")) return {};
  const int minute = take_number(text, 2);
  if (minute < 0 || minute > 59 || !take_one_of(text, ":")) return {};
  const int second = take_number(text, 2);  // 60: a leap second
  if (second < 0 || second > 60) return {};
  const int milliseconds = take_fraction(text);
  const auto offset = zone_offset(text);
  if (milliseconds < 0 || !offset) return {};
  return Wall(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second - *offset) +
         Milliseconds(milliseconds);
}

std::optional<Milliseconds> parse_duration(std::string_view text) {
  constexpr std::int64_t limit = std::int64_t{1} << 50;  // far beyond any sane wait
  std::int64_t total = 0;
  if (text.empty()) return {};
  for (bool first = true; !text.empty(); first = false) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > limit) return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && !std::isdigit(static_cast<unsigned char>(text[letters])))
      ++letters;
    const std::string_view unit = text.substr(0, letters);
    text.remove_prefix(letters);
    std::int64_t scale = 0;
    if (unit == "ms")
      scale = 1;
    else if (unit == "s" || (letters == 0 && first))
      scale = 1000;  // "90", but not "1h30"
    else if (unit == "m" || unit == "min")
      scale = 60'000;
    else if (unit == "h")
      scale = 3'600'000;
    else if (unit == "d")
      scale = 86'400'000;
    else
      return {};
    if (number > limit / scale || total > limit) return {};
    total += number * scale;
  }
  return Milliseconds(total);
}

std::string format_duration(Milliseconds value) {
  std::int64_t ms = value.count();
  if (ms < 0) return "-" + format_duration(Milliseconds(-std::max(ms, -INT64_MAX)));
  if (ms < 1000) return std::to_string(ms) + "ms";
  const std::int64_t s = ms / 1000;
  const auto two = [](std::int64_t a, const char* au, std::int64_t b, const char* bu) {
    return std::to_string(a) + au + (b ? " " + std::to_string(b) + bu : "");
  };
  if (s < 60) return std::to_string(s) + "s";
  if (s < 3600) return two(s / 60, "m", s % 60, "s");
  if (s < 86400) return two(s / 3600, "h", s % 3600 / 60, "m");
  return two(s / 86400, "d", s % 86400 / 3600, "h");
}

}  // namespace ketrew
