#include "tests/fuzz/fuzz.hpp"

#include <cstdio>
#include <cstdlib>

namespace ketrew::fuzz {

std::vector<Target>& targets() {
  static std::vector<Target> all;
  return all;
}

bool add(const char* name, void (*run)(std::string_view)) {
  targets().push_back({name, run});
  return true;
}

void must(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", promise);
  std::abort();
}

std::vector<std::string_view> parts(std::string_view input, std::size_t most) {
  std::vector<std::string_view> all;
  while (all.size() + 1 < most) {
    const auto end = input.find('\0');
    if (end == std::string_view::npos) break;
    all.push_back(input.substr(0, end));
    input.remove_prefix(end + 1);
  }
  all.push_back(input);
  return all;
}

}  // namespace ketrew::fuzz
