#include "core/base/attempt.hpp"

#include <charconv>

namespace ketrew {

std::optional<Attempt> parse_attempt_token(std::string_view text) {
  if (text.size() < JobId::text_size + 2) return std::nullopt;
  const auto id = JobId::parse(text.substr(0, JobId::text_size));
  Attempt attempt;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + JobId::text_size + 1, end, attempt.number);
  if (!id || error != std::errc() || stop != end) return std::nullopt;
  attempt.job = *id;
  // Upper case and leading zeros would be other names for the same folder.
  if (attempt_token(attempt.job, attempt.number) != text) return std::nullopt;
  return attempt;
}

}  // namespace ketrew
