#include "tests/transcripts/recordings.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/base/text.hpp"

namespace ketrew::test {

namespace {

// What a recorder wrote behind an output without a line end at its end.
void mend_end(std::string& text) {
  constexpr std::string_view no_end = "<no newline>\n";
  if (text.ends_with(no_end)) text.resize(text.size() - no_end.size());
}

}  // namespace

std::vector<Recording> recordings(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(KETREW_TRANSCRIPTS) / folder))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Recording> all;
  for (const auto& path : files) {
    std::ifstream file(path);
    std::string line;
    std::string* into = nullptr;
    bool open = false;
    while (std::getline(file, line)) {
      if (!open && line.starts_with("$ ")) {
        all.push_back({path.filename().string(), line.substr(2), {}});
        open = true;
        into = nullptr;
      } else if (open && line.starts_with("--- stdout")) {
        into = &all.back().output.out;
      } else if (open && line.starts_with("--- stderr")) {
        into = &all.back().output.err;
      } else if (open && line.starts_with("--- exit ")) {
        const std::string code = line.substr(9, line.find_first_of(" ,:", 9) - 9);
        all.back().output.exit_code = code == "none" ? 124 : std::stoi(code);
        mend_end(all.back().output.out);
        mend_end(all.back().output.err);
        open = false;
      } else if (open && into) {
        *into += line + "\n";
      } else if (open) {
        all.back().command += "\n" + line;
      }
    }
  }
  return all;
}

std::vector<std::string> words(const Recording& recording) {
  std::string command = recording.command.substr(0, recording.command.find(" |"));
  command = command.substr(0, command.find(" #"));
  std::erase(command, '\'');
  std::vector<std::string> result;
  for (std::string& word : split(command, ' '))
    if (!word.empty()) result.push_back(std::move(word));
  return result;
}

bool is_piped(const Recording& recording) {
  return recording.command.find(" | ") != std::string::npos;
}

std::string golden_difference(const std::string& path, const std::vector<std::string>& lines) {
  if (std::getenv("KETREW_WRITE_GOLDEN")) {
    std::ofstream file(path);
    for (const auto& line : lines) file << line << "\n";
    return {};
  }
  std::ifstream file(path);
  std::string line;
  std::size_t number = 0;
  for (; std::getline(file, line); ++number)
    if (number >= lines.size() || line != lines[number])
      return path + ":" + std::to_string(number + 1) + ": " + line + "\nis now\n" +
             (number < lines.size() ? lines[number] : "nothing");
  if (number < lines.size())
    return path + ":" + std::to_string(number + 1) + ": new\n" + lines[number];
  return {};
}

void for_each_damaged(const std::string& text,
                      const std::function<void(const std::string&)>& look) {
  const std::size_t step = text.size() / 1500 + 1;
  for (std::size_t i = 0; i < text.size(); i += step) look(text.substr(0, i));
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find('\n', begin);
    end = end == std::string::npos ? text.size() : end + 1;
    look(text.substr(0, begin) + text.substr(end));
    begin = end;
  }
  for (std::size_t i = 0; i < text.size(); i += step) {
    if ((text[i] >= '0' && text[i] <= '9') || text[i] == '#') continue;
    std::string damaged = text;
    damaged[i] = '#';
    look(damaged);
  }
}

}  // namespace ketrew::test
