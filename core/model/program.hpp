// What a job runs: commands in order until one fails. Arguments arrive byte for byte.
//
// In JSON, one command or a list of them, with the surroundings beside it:
//   {"sh": "make all"}     {"exec": ["ls", "-l", {"base64": "/w=="}]}     [{"sh": ...}, {"exec": ...}]
//   {"commands": [...], "environment": {"KETREW_ENTRY": "line"}, "directory": "/data"}
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/text.hpp"

namespace ketrew {

// Exactly one of the two is not empty.
struct Command {
  std::string sh;                 // a text for the shell
  std::vector<std::string> exec;  // an argument vector, the program first

  bool operator==(const Command&) const = default;
};

struct Program {
  std::vector<Command> commands;
  std::map<std::string, std::string> environment;  // added to what the host gives
  std::string directory;                           // absolute; empty: the playground

  bool operator==(const Program&) const = default;
};

// The shortest of the three forms that says it all.
Json to_json(const Program& program);
void append_json(std::string& out, const Program& program);  // the same, as text
// Refuses an empty list, an empty command, NUL bytes, a variable name with '=' or NUL, a relative
// directory; the error says what would be right.
Result<Program> program_from_json(const Json& json);

// One line for people: what one would type.
std::string to_display(const Program& program, std::size_t size = 80);

}  // namespace ketrew
