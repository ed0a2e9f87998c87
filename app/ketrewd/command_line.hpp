// What `ketrewd` was asked for: parsed, not yet done.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew::daemon {

struct Start {
  bool foreground = false;
};
struct Stop {};
struct ShowStatus {};
struct Reload {};
struct Check {};
struct ShowBackends {
  std::string name;  // empty: all
};
struct Backup {
  std::string file;  // as given; may be relative to the current directory
};
struct PrintText {  // help or version: print it and exit with 0
  std::string text;
};

struct CommandLine {
  std::string profile, config;  // of --profile and --config; empty: not given
  bool json = false;
  std::variant<PrintText, Start, Stop, ShowStatus, Reload, Check, ShowBackends, Backup> command;
};

// `words` without the program's name. The error is of the user's making: exit code 2.
Result<CommandLine> parse_command_line(const std::vector<std::string>& words);

}  // namespace ketrew::daemon
