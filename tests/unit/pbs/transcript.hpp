// The recordings below tests/transcripts: "$ command", then what it said.
#pragma once

#include <string>
#include <vector>

#include "backends/pbs/dialect.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs::test {

struct Recording {
  std::string command;
  std::string out, err;
  int code = 0;  // 124 where the recorder gave up: so would timeout(1)
};

std::vector<std::string> transcript_files(const std::string& folder);  // "pbs", "torque"; sorted
std::vector<Recording> read_transcript(const std::string& path);

// The first word, and whether the rest of the line would be another command's output (a pipe).
std::string program(const Recording& recording);
bool is_piped(const Recording& recording);
std::vector<std::string> ids_in(const Recording& recording);  // job ids on the command line

// A recording as our shell texts print it.
host::ShellOutput framed(const Recording& recording, Dialect dialect, const std::string& label);
host::ShellOutput submitted(const Recording& recording, Dialect dialect);

sdk::batch::AskedJob asked(const std::string& id);
std::vector<sdk::batch::AskedJob> asked_all(const std::vector<std::string>& ids);

// In one line.
std::string words(const Observation& observation);

}  // namespace ketrew::pbs::test
