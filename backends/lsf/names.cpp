#include "backends/lsf/names.hpp"

namespace ketrew::lsf {

std::string lsf_name(std::string_view token, const std::optional<std::string>& job_name) {
  constexpr std::size_t longest = 59;
  std::string name(token);
  if (!job_name || job_name->empty()) return name;
  name += '.';
  for (const char c : *job_name) {
    if (name.size() >= longest) break;
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.' || c == '+';
    name += plain ? c : '_';
  }
  return name;
}

bool is_name_of(std::string_view name, std::string_view token) {
  return !token.empty() && name.substr(0, token.size()) == token &&
         (name.size() == token.size() || name[token.size()] == '.');
}

std::string lsf_id(std::string_view text) {
  if (text.empty() || text.size() > 10 || text.front() == '0') return {};
  for (const char c : text)
    if (c < '0' || c > '9') return {};
  return std::string(text);
}

}  // namespace ketrew::lsf
