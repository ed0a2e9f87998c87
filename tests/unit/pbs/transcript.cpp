#include "tests/unit/pbs/transcript.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "backends/pbs/values.hpp"
#include "core/base/text.hpp"

namespace ketrew::pbs::test {

std::vector<std::string> transcript_files(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(KETREW_TRANSCRIPTS) + "/" + folder))
    files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Recording> read_transcript(const std::string& path) {
  std::vector<Recording> recordings;
  std::ifstream file(path);
  std::string line;
  std::string* into = nullptr;
  bool open = false;
  while (std::getline(file, line)) {
    if (!open && line.starts_with("$ ")) {
      recordings.push_back({line.substr(2), "", "", 0});
      open = true;
      into = nullptr;
    } else if (open && line.starts_with("--- stdout")) {
      into = &recordings.back().out;
    } else if (open && line.starts_with("--- stderr")) {
      into = &recordings.back().err;
    } else if (open && line.starts_with("--- exit ")) {
      const std::string code = line.substr(9, line.find_first_of(", :", 9) - 9);
      recordings.back().code = code == "none" ? 124 : std::stoi(code);
      open = false;
    } else if (open && into) {
      *into += line + "\n";
    }
  }
  return recordings;
}

std::string program(const Recording& recording) {
  for (const auto& word : split(recording.command, ' ')) {
    if (word.find('=') != std::string::npos) continue;
    return word.substr(word.rfind('/') + 1);
  }
  return "";
}

bool is_piped(const Recording& recording) {
  return recording.command.find(" | ") != std::string::npos;
}

std::vector<std::string> ids_in(const Recording& recording) {
  std::vector<std::string> ids;
  std::string command = recording.command.substr(0, recording.command.find(" |"));
  command = command.substr(0, command.find("  #"));
  std::erase(command, '\'');
  for (const auto& word : split(command, ' '))
    if (is_job_id(word)) ids.push_back(word);
  return ids;
}

host::ShellOutput framed(const Recording& recording, Dialect dialect, const std::string& label) {
  host::ShellOutput output;
  // The shell takes line ends off the words that it has caught.
  std::string err = recording.err;
  while (err.ends_with('\n')) err.pop_back();
  output.out = recording.out + "\nketrew-err\n" + err + "\nketrew-end " +
               std::to_string(recording.code) + " " + std::string(to_string(dialect)) + " " +
               label + "\n";
  return output;
}

host::ShellOutput submitted(const Recording& recording, Dialect dialect) {
  return {recording.code, recording.out,
          recording.err + "ketrew-dialect " + std::string(to_string(dialect)) + "\n"};
}

sdk::batch::AskedJob asked(const std::string& id) {
  sdk::batch::AskedJob job;
  job.token = "01kb5w1k2z8nqz2j4w6q0r7t3v-1";
  job.state.id = id;
  return job;
}

std::vector<sdk::batch::AskedJob> asked_all(const std::vector<std::string>& ids) {
  std::vector<sdk::batch::AskedJob> jobs;
  for (const auto& id : ids) jobs.push_back(asked(id));
  return jobs;
}

std::string words(const Observation& observation) {
  Json json = to_json(observation);
  json.erase("evidence");
  return json.dump();
}

}  // namespace ketrew::pbs::test
