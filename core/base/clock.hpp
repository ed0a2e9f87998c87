// Two clocks, never mixed: `Mono` for time-outs and graces (it does not jump, and means nothing
// after a reboot), `Wall` for what people read. Order is kept by sequence numbers, not by time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ketrew {

using Milliseconds = std::chrono::milliseconds;

struct MonoClock {
  using duration = Milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock>;
  static constexpr bool is_steady = true;
  static time_point now();  // CLOCK_BOOTTIME: time asleep counts
};
using Mono = MonoClock::time_point;
using Wall = std::chrono::sys_time<Milliseconds>;

struct Now {
  Mono mono;
  Wall wall;
};
Now read_clocks();
Wall wall_now();

// RFC 3339 in UTC with milliseconds: "2026-11-23T02:23:52.120Z".
std::string to_rfc3339(Wall time);
std::optional<Wall> parse_rfc3339(std::string_view text);

inline std::int64_t unix_milliseconds(Wall time) { return time.time_since_epoch().count(); }
inline Wall from_unix_milliseconds(std::int64_t value) { return Wall(Milliseconds(value)); }

// "90", "90s", "10m", "1h30m", "2d", "250ms" (a bare number is seconds). Nothing for anything else,
// negative values and overflow included.
std::optional<Milliseconds> parse_duration(std::string_view text);
// The two largest units: "1h 30m", "45s", "120ms".
std::string format_duration(Milliseconds value);

}  // namespace ketrew
