// The recordings in the folders beside this file: real answers of real schedulers, "$ command", then
// its stdout, stderr and exit code.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/host/host.hpp"

namespace ketrew::test {

struct Recording {
  std::string file, command;
  host::ShellOutput output;  // exit code 124 where the recorder gave up, as timeout(1) says it
};

// All of a folder ("lsf"), by file name, in order.
std::vector<Recording> recordings(const std::string& folder);

// The words of the command up to a pipe or a comment, without quotes.
std::vector<std::string> words(const Recording& recording);
// Whether the output is a pipe's, not the command's own.
bool is_piped(const Recording& recording);

// `lines` held against the file `path`; where they differ, the first difference, else "". With
// KETREW_WRITE_GOLDEN in the environment the file is written instead.
std::string golden_difference(const std::string& path, const std::vector<std::string>& lines);

// Damaged copies of a text: cut after each byte (every `step`th where it is long), without one of
// its lines, with one byte that is no digit turned into '#'.
void for_each_damaged(const std::string& text, const std::function<void(const std::string&)>& look);

}  // namespace ketrew::test
