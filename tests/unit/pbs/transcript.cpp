#include "tests/unit/pbs/transcript.hpp"

#include "backends/pbs/values.hpp"
#include "core/base/text.hpp"
#include "tests/transcripts/recordings.hpp"

namespace ketrew::pbs::test {

std::vector<Recording> recordings(const std::string& folder) {
  std::vector<Recording> all;
  for (auto& one : ketrew::test::recordings(folder))
    all.push_back({std::move(one.command), std::move(one.output.out), std::move(one.output.err),
                   one.output.exit_code, std::move(one.file)});
  return all;
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
