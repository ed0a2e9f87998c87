// What the command line said: which backend is under test, and how.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/text.hpp"

namespace ketrew::contract {

struct Settings {
  std::vector<std::string> command;
  Json profile_options = Json::object();
  Json job_options = Json::object();
  std::string host;  // empty: a playground on this machine
  bool pretends = false;
  bool json = false;
  std::string only;          // a pattern of checks; empty: all
  std::string commands_log;  // a line for each command of the scheduler; empty: none is kept
  std::string lies;          // a program that makes the scheduler misbehave; empty: there is none
  std::string old_states;    // states that earlier versions wrote, one a line; empty: none
  std::optional<Milliseconds> patience;  // for one answer; none: what the protocol says of each
  std::string directory;  // of this run; removed at its end
};
const Settings& settings();

// Of argv[1...]. The command is left out where it is a module or a package: `subject` is that.
struct Arguments {
  Settings settings;
  std::string subject;
  std::string wrong;  // not empty: why it cannot be understood
  bool help = false;
};
Arguments read_arguments(const std::vector<std::string>& words);
extern const char* const help_text;

// The command line of a module (a path with a '/' or ".so") or of a package on the plugin path, as
// the daemon would start it.
Result<std::vector<std::string>> command_of(const std::string& subject);

}  // namespace ketrew::contract
