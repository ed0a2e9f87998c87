// Runs every file of the corpora through its target: what was once found stays mended, in every
// build. `fuzz_replay CORPUS...`: folders with one folder a target. Prints a line a target.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/fuzz.hpp"

namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int count, char** arguments) {
  std::size_t all = 0;
  for (const auto& target : ketrew::fuzz::targets()) {
    std::size_t files = 0;
    for (int i = 1; i < count; ++i) {
      const auto folder = std::filesystem::path(arguments[i]) / target.name;
      if (!std::filesystem::is_directory(folder)) continue;
      for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string input = content(entry.path());
        std::fprintf(stderr, "%s\r", entry.path().c_str());  // the last one where it ends here
        target.run(input);
        ++files;
      }
    }
    std::printf("%s: %zu inputs\n", target.name.c_str(), files);
    all += files;
  }
  // A corpus that was not found proves nothing.
  return all > 0 ? 0 : 1;
}
