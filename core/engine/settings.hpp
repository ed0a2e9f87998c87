// The engine's numbers, from the profile's `engine:` and `limits:`.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/clock.hpp"

namespace ketrew::engine {

struct Settings {
  std::uint32_t max_attempts = 10;             // of one job, whatever its retry policy
  Milliseconds lost_after{600'000};            // two sightings of `gone`, this far apart
  Milliseconds poll_interval{5'000};           // between two polls of a backend without events
  Milliseconds event_poll_interval{60'000};    // the same where ends are announced
  Milliseconds first_poll{200};                // after a start; doubles up to the interval
  Milliseconds backoff_first{1'000}, backoff_limit{300'000};  // refusals, retries, doubts
  Milliseconds kill_again{15'000};             // a kill that was sent, and no end seen
  std::uint32_t max_kills = 10;                // then `kill-failed`
  std::uint32_t max_strikes = 3;               // crashes of a backend by one job alone
  Milliseconds set_aside_first{60'000}, set_aside_limit{3'600'000};  // until it is tried again
  Milliseconds orphan_grace{300'000};          // until an orphan is killed
  std::size_t starts_in_flight = 1024;         // per backend
};

// What a backend says of itself (protocol: `capabilities`).
struct Capabilities {
  bool events = false;
  Milliseconds visibility_lag{5'000};
  std::size_t batch = 10'000;
};

// What the user lets a backend do; nothing set: no limit.
struct Limits {
  std::optional<std::uint32_t> running;  // jobs that it has or may have, at a time
  std::optional<double> starts_per_second;
};

}  // namespace ketrew::engine
