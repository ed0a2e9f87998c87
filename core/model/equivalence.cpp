#include "core/model/equivalence.hpp"

#include <charconv>
#include <cstdio>

namespace ketrew {
namespace {

// FNV-1a in 64 bits.
std::uint64_t fnv(std::string_view text, std::uint64_t value) {
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return value;
}
// So that nearly equal texts differ in all bits (the end of SplitMix64).
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

}  // namespace

std::string ConditionDigest::text() const {
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text;
}

std::optional<ConditionDigest> ConditionDigest::parse(std::string_view text) {
  ConditionDigest digest;
  const auto half = [&](std::size_t at, std::uint64_t& value) {
    const char* from = text.data() + at;
    const auto [end, error] = std::from_chars(from, from + 16, value, 16);
    return error == std::errc() && end == from + 16;
  };
  if (text.size() != 32 || !half(0, digest.high) || !half(16, digest.low)) return {};
  return digest;
}

bool has_condition(const JobSpec& spec) {
  return spec.condition && !std::holds_alternative<condition::Never>(spec.condition->test);
}

ConditionDigest equivalence_of(const JobSpec& spec) {
  if (!has_condition(spec) || spec.equivalence == Equivalence::none) return {};
  // The condition's JSON has its keys in order: equal conditions have equal texts. A zero byte is in
  // neither host nor JSON.
  std::string text = spec.host;
  text.push_back('\0');
  text += to_json(*spec.condition).dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::uint64_t a = fnv(text, 0xcbf29ce484222325u);
  const std::uint64_t b = fnv(text, 0x6c62272e07bb0142u);
  return {mixed(a ^ (b << 1)), mixed(b) | 1};
}

}  // namespace ketrew
