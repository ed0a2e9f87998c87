// How often a job is tried again, per failure class.
#pragma once

#include <array>

#include "core/base/clock.hpp"
#include "core/base/text.hpp"
#include "core/model/failure_class.hpp"

namespace ketrew {

// In JSON: a number (every class but `refused` and `cancelled-outside`), or
// {"exit": 2, "out-of-memory": 1, ...}; absent classes are not retried.
struct RetryPolicy {
  std::array<std::uint16_t, failure_class_count> times{};

  std::uint16_t of(FailureClass value) const { return times[static_cast<std::size_t>(value)]; }
  static RetryPolicy each(std::uint16_t times);
  bool operator==(const RetryPolicy&) const = default;
};

Json to_json(const RetryPolicy& policy);
Result<RetryPolicy> retry_policy_from_json(const Json& json);

}  // namespace ketrew
