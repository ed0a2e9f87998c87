#include "core/base/clock.hpp"

#include <time.h>

#include <cctype>
#include <charconv>
#include <cstdio>

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
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t t = seconds.time_since_epoch().count();
  tm parts{};
  gmtime_r(&t, &parts);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>((time - seconds).count()));
  return buffer;
}

std::optional<Wall> parse_rfc3339(std::string_view text) {
  const std::string copy(text);
  tm parts{};
  int used = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon,
                  &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &used) != 6)
    return {};
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  std::int64_t milliseconds = 0;
  std::size_t at = static_cast<std::size_t>(used);
  if (at < copy.size() && copy[at] == '.') {
    int scale = 100;
    for (++at; at < copy.size() && std::isdigit(static_cast<unsigned char>(copy[at])); ++at) {
      milliseconds += (copy[at] - '0') * scale;
      scale /= 10;
    }
  }
  std::int64_t offset = 0;
  const std::string zone = copy.substr(at);
  if (zone != "Z" && zone != "z") {
    int hours = 0, minutes = 0, end = 0;
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') ||
        std::sscanf(zone.c_str() + 1, "%2d:%2d%n", &hours, &minutes, &end) != 2 || end != 5)
      return {};
    offset = (hours * 60 + minutes) * (zone[0] == '-' ? -60 : 60);
  }
  return from_unix_milliseconds((timegm(&parts) - offset) * 1000 + milliseconds);
}

std::optional<Milliseconds> parse_duration(std::string_view text) {
  constexpr std::int64_t limit = std::int64_t{1} << 50;  // far beyond any sane wait
  std::int64_t total = 0;
  if (text.empty()) return {};
  while (!text.empty()) {
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
    if (unit == "ms") scale = 1;
    else if (unit == "s" || unit.empty()) scale = 1000;
    else if (unit == "m" || unit == "min") scale = 60'000;
    else if (unit == "h") scale = 3'600'000;
    else if (unit == "d") scale = 86'400'000;
    else return {};
    if (number > limit / scale || total > limit) return {};
    total += number * scale;
  }
  return Milliseconds(total);
}

std::string format_duration(Milliseconds value) {
  std::int64_t ms = value.count();
  if (ms < 0) return "-" + format_duration(Milliseconds(-ms));
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
