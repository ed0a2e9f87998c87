// Why an attempt failed: retries are counted per class.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ketrew {

// The numbers are stored in databases: append only, never renumber.
enum class FailureClass : std::uint8_t {
  exit = 0,           // the program ended with a code other than 0
  signal,             // a signal ended it
  out_of_memory,
  wall_time,          // over its time limit
  node,               // the machine under it failed, or it vanished without proof of its end
  preempted,
  never_started,      // accepted, yet it never ran
  cancelled_outside,  // somebody else ended it
  refused,            // the backend would not take it
};
inline constexpr std::size_t failure_class_count = 9;
inline constexpr std::array<FailureClass, failure_class_count> all_failure_classes = {
    FailureClass::exit,          FailureClass::signal,            FailureClass::out_of_memory,
    FailureClass::wall_time,     FailureClass::node,              FailureClass::preempted,
    FailureClass::never_started, FailureClass::cancelled_outside, FailureClass::refused};

std::string_view to_string(FailureClass value);  // "out-of-memory"
std::optional<FailureClass> parse_failure_class(std::string_view text);

}  // namespace ketrew
