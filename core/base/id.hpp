// Job ids: 128 bits, 48 of them the time of creation in milliseconds, written as 26 characters of
// Crockford's base 32 in lower case (the ULID layout), so that text order is order of submission.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace ketrew {

class JobId {
 public:
  static constexpr std::size_t text_size = 26;

  JobId() = default;
  JobId(std::uint64_t high, std::uint64_t low) : high_(high), low_(low) {}

  // Exactly 26 characters; upper case is accepted. Nothing for anything else.
  static std::optional<JobId> parse(std::string_view text);
  std::string text() const;

  auto operator<=>(const JobId&) const = default;
  std::uint64_t high() const { return high_; }
  std::uint64_t low() const { return low_; }

 private:
  std::uint64_t high_ = 0, low_ = 0;
};

// Whether `text` could be the beginning of an id: 1 to 26 characters of the alphabet. Returns it in
// lower case.
std::optional<std::string> parse_id_prefix(std::string_view text);

// Makes ids that grow strictly, also within a millisecond and when the clock steps back.
class JobIdSource {
 public:
  explicit JobIdSource(std::uint64_t seed) : random_(seed) {}
  // Ids made from here on are greater than `id`.
  void after(JobId id);
  JobId next(std::int64_t unix_milliseconds);

 private:
  std::mt19937_64 random_;
  JobId last_;
};

// The name of one attempt at a job, unique for ever and the same however often it is asked for:
// "<job id>-<attempt>". It travels with the job into the scheduler and names its playground.
std::string attempt_token(const JobId& id, std::uint32_t attempt);

}  // namespace ketrew

template <>
struct std::hash<ketrew::JobId> {
  std::size_t operator()(const ketrew::JobId& id) const noexcept {
    return id.low() * 0x9e3779b97f4a7c15u ^ id.high();
  }
};
