#include "backends/sge/names.hpp"

namespace ketrew::sge {

std::string sge_name(std::string_view token, const Json& options) {
  std::string job_name;
  if (options.is_object())
    if (const auto at = options.find("job_name"); at != options.end() && at->is_string())
      job_name = at->get<std::string>();
  std::string name;
  for (const char c : job_name) {
    if (name.size() >= 200) break;  // the limit is 512 in all
    const bool digit = c >= '0' && c <= '9';
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || digit || c == '_' || c == '-' || c == '.';
    if (name.empty() && (digit || c == '-' || c == '.')) name += 'j';
    name += plain ? c : '_';
  }
  return (name.empty() ? "ketrew" : name) + "." + std::string(token);
}

bool is_name_of(std::string_view name, std::string_view token) {
  return !token.empty() && name.size() >= token.size() &&
         name.substr(name.size() - token.size()) == token &&
         (name.size() == token.size() || name[name.size() - token.size() - 1] == '.');
}

std::string sge_id(std::string_view text) {
  if (text.empty() || text.size() > 10 || text.front() == '0' ||
      text.find_first_not_of("0123456789") != std::string_view::npos)
    return {};
  return std::string(text);
}

}  // namespace ketrew::sge
