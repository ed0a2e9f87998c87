// Starting in the background: the command returns when the daemon serves, or says why it does not.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/base/file.hpp"

namespace ketrew::daemon {

// The daemon's end of the line to the command that started it. Destroyed unused, the command says
// that the daemon died.
class StartReport {
 public:
  StartReport() = default;  // of a daemon in the foreground: says nothing
  explicit StartReport(Fd fd) : fd_(std::move(fd)) {}
  // What the command prints (to stdout if `exit_code` is 0, else to stderr) before it leaves.
  void tell(int exit_code, std::string_view text);

 private:
  Fd fd_;
};

struct StartOutcome {
  int exit_code = 0;
  std::string text;
};

struct Detached {
  std::optional<StartOutcome> outcome;  // in the command: all is over, print and leave
  StartReport report;                   // in the daemon
};

// Forks; call it before there are threads and before anything is open that the daemon shall keep.
// The daemon has its own session, umask 077, / as its directory, /dev/null as stdin and
// `output_file` (appended to; for last words, the log is another file) as stdout and stderr, and no
// other inherited descriptor. The command waits for the report for at most `patience`.
Result<Detached> detach(const std::string& output_file, std::chrono::milliseconds patience);

}  // namespace ketrew::daemon
