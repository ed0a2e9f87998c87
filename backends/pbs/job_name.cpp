#include "backends/pbs/job_name.hpp"

namespace ketrew::pbs {
namespace {

constexpr std::size_t most_of_wish = 150;
constexpr std::size_t id_size = 26;  // of a job, in a token: <26 characters>-<attempt>

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string job_name(const std::optional<std::string>& wish, std::string_view token) {
  std::string name;
  for (const char c : wish.value_or("ketrew")) {
    if (name.size() == most_of_wish) break;
    name += is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-' ? c : '_';
  }
  if (name.empty() || !is_letter(name.front())) name.insert(0, "j");
  return name + "-" + std::string(token);
}

std::string_view token_of(std::string_view name) {
  std::size_t digits = name.size();
  while (digits > 0 && is_digit(name[digits - 1])) --digits;
  if (digits == name.size() || digits < id_size + 2 || name[digits - 1] != '-') return {};
  const std::size_t begin = digits - 1 - id_size;
  if (name[begin - 1] != '-') return {};
  for (std::size_t i = begin; i < digits - 1; ++i)
    if (!is_digit(name[i]) && !(name[i] >= 'a' && name[i] <= 'z')) return {};
  return name.substr(begin);
}

}  // namespace ketrew::pbs
