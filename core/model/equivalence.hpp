// When two jobs are for the same thing: their conditions are equal, on the same host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/job.hpp"

namespace ketrew {

// 128 bits, the same on every machine and for ever.
struct ConditionDigest {
  std::uint64_t high = 0, low = 0;

  explicit operator bool() const { return high != 0 || low != 0; }
  bool operator==(const ConditionDigest&) const = default;
  std::string text() const;  // 32 hexadecimal digits
  static std::optional<ConditionDigest> parse(std::string_view text);
};

// Whether there is something to evaluate: a job whose condition is `never` runs whenever it is asked
// for, and how it ended is all that counts.
bool has_condition(const JobSpec& spec);
// Zero where the job is equivalent to no other.
ConditionDigest equivalence_of(const JobSpec& spec);

}  // namespace ketrew

template <>
struct std::hash<ketrew::ConditionDigest> {
  std::size_t operator()(const ketrew::ConditionDigest& digest) const noexcept { return digest.low; }
};
