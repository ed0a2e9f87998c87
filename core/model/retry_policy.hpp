// How often a job is tried again, per failure class, and what its next attempt gets more of.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/text.hpp"
#include "core/model/failure_class.hpp"

namespace ketrew {

// After each failure of this class the option is multiplied: {out_of_memory, "memory", 1.5}.
struct Growth {
  FailureClass after = FailureClass::exit;
  std::string option;
  double factor = 1;  // from 0.001 to 1000

  bool operator==(const Growth&) const = default;
};

// In JSON: a number (every class but `refused` and `cancelled-outside`), or an object by class:
//   {"exit": 2, "out-of-memory": {"times": 2, "memory": "x1.5", "wall_time": "x2"}}
// Absent classes are not retried.
struct RetryPolicy {
  std::array<std::uint16_t, failure_class_count> times{};
  std::vector<Growth> growth;  // sorted by class, then option; one for each pair

  std::uint16_t of(FailureClass value) const { return times[static_cast<std::size_t>(value)]; }
  static RetryPolicy each(std::uint16_t times);
  bool operator==(const RetryPolicy&) const = default;
};

Json to_json(const RetryPolicy& policy);
Result<RetryPolicy> retry_policy_from_json(const Json& json);

// The options for the attempt after these failed ones (counted by class, as in Progress). Numbers,
// sizes ("4G") and durations ("1h30m") grow, rounded up; what is none of these, or not among the
// options, stays as it is.
Json grown_options(Json options, const RetryPolicy& policy,
                   const std::array<std::uint16_t, failure_class_count>& failures);

}  // namespace ketrew
