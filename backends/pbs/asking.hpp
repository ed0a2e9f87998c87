// The frame in which a shell text asks the scheduler's commands: each with a deadline, its words on
// stderr and its exit code kept apart from its rows. A server that hangs makes every client hang,
// and a client writes its complaints in the midst of its rows, so that neither may be left to the
// shell.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/pbs/dialect.hpp"
#include "core/host/host.hpp"

namespace ketrew::pbs {

// Goes before everything else: defines
//   ketrew_limit COMMAND...        the command, with times in UTC, ended as ketrew_limited is
//   ketrew_ask LABEL COMMAND...    its answer as a part; sets $ketrew_code and $ketrew_err
//   $ketrew_dialect
// Wants `ketrew_limited` (sdk/batch/patience.hpp).
std::string prelude(std::optional<Dialect> known);

// One answer. `dialect`: none where the host's commands are of no kind we know.
struct Part {
  std::string label;
  std::optional<Dialect> dialect;
  int code = 0;
  std::string out, err;

  bool timed_out() const { return code == 124 || code == 137; }  // as timeout(1) says it
  // What went wrong in short, for people: the first line of its complaints, or the exit code.
  std::string words() const;
};

// Those that are whole, in order. What comes after the last is left out.
std::vector<Part> read_parts(const host::ShellOutput& output);

}  // namespace ketrew::pbs
