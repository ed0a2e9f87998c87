#include "core/base/id.hpp"

namespace ketrew {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

int digit(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto at = alphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::optional<JobId> JobId::parse(std::string_view text) {
  if (text.size() != text_size || digit(text[0]) > 7) return {};
  std::uint64_t high = 0, low = 0;
  for (const char c : text) {
    const int value = digit(c);
    if (value < 0) return {};
    high = high << 5 | low >> 59;
    low = low << 5 | static_cast<std::uint64_t>(value);
  }
  return JobId(high, low);
}

std::string JobId::text() const {
  std::string text(text_size, '0');
  std::uint64_t high = high_, low = low_;
  for (std::size_t i = text_size; i-- > 0;) {
    text[i] = alphabet[low & 31];
    low = low >> 5 | high << 59;
    high >>= 5;
  }
  return text;
}

std::optional<std::string> parse_id_prefix(std::string_view text) {
  if (text.empty() || text.size() > JobId::text_size) return {};
  std::string lower;
  for (const char c : text) {
    const int value = digit(c);
    if (value < 0) return {};
    lower += alphabet[static_cast<std::size_t>(value)];
  }
  return lower;
}

void JobIdSource::after(JobId id) {
  if (last_ < id) last_ = id;
}

JobId JobIdSource::next(std::int64_t unix_milliseconds) {
  const auto time = static_cast<std::uint64_t>(unix_milliseconds) & 0xffffffffffffu;
  // 16 random bits under the time, the highest of the lower word clear so that adding cannot wrap.
  JobId id(time << 16 | (random_() & 0xffff), random_() >> 1);
  if (id <= last_) {
    const std::uint64_t low = last_.low() + 1 + (random_() & 0xffffff);
    id = JobId(last_.high() + (low < last_.low() ? 1 : 0), low);
  }
  return last_ = id;
}

std::string attempt_token(const JobId& id, std::uint32_t attempt) {
  return id.text() + "-" + std::to_string(attempt);
}

}  // namespace ketrew
