// The frame around a shell text and its answer, by which an answer that was cut is recognised.
// Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/host/host.hpp"

namespace ketrew::host {

// What is sent to `sh -s`: the text as a function, called only when all of it has arrived; marks
// around its output. `mark` is new each time, so that no output can be taken for one.
std::string frame_shell_text(std::string_view text, std::string_view mark);

// What stands between the marks. Whatever comes before the first is noise (banners, profiles).
// Without the second: `timeout`, or `unavailable` with what the command said on stderr.
Result<ShellOutput> read_shell_answer(const CommandOutput& output, std::string_view mark,
                                      const std::string& host);

// One entry for each path: "here SIZE", the bytes and a line end; "absent"; or "unreadable".
std::vector<Result<std::string>> read_files_answer(std::string_view answer,
                                                   std::span<const std::string> paths,
                                                   const std::string& host);

}  // namespace ketrew::host
