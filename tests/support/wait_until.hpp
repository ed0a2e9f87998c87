// How a test waits: for a condition, with a bound that only a broken program reaches.
#pragma once

#include <cstdlib>
#include <functional>
#include <thread>

#include "core/base/clock.hpp"

namespace ketrew {

// $KETREW_TEST_BOUND, in seconds, or four minutes: a busy machine under a sanitizer is no failure.
inline Milliseconds test_bound() {
  const char* given = std::getenv("KETREW_TEST_BOUND");
  const double seconds = given ? std::strtod(given, nullptr) : 0;
  return Milliseconds(seconds > 0 ? static_cast<std::int64_t>(seconds * 1000) : 240'000);
}

// Whether `condition` came to hold. It is looked at often at first and then less so.
inline bool wait_until(const std::function<bool()>& condition, Milliseconds bound = test_bound()) {
  const Mono end = MonoClock::now() + bound;
  for (auto pause = std::chrono::microseconds(500);; pause = std::min(
           pause * 3 / 2, std::chrono::microseconds(std::chrono::milliseconds(100)))) {
    if (condition()) return true;
    if (MonoClock::now() >= end) return false;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace ketrew
