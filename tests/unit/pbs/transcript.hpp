// The recordings of PBS and of Slurm's commands with Torque's names, as these tests want them.
#pragma once

#include <string>
#include <vector>

#include "backends/pbs/dialect.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs::test {

struct Recording {
  std::string command;
  std::string out, err;
  int code = 0;           // 124 where the recorder gave up: so would timeout(1)
  std::string file = {};  // its name
};

std::vector<Recording> recordings(const std::string& folder);  // "pbs", "torque"

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
