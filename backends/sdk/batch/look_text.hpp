// The shell texts that look into many playgrounds, and their answers: what a `find` sees there, and
// how jobs ended. Pure. No process is forked for a job that has ended.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "backends/sdk/batch/scheduler.hpp"
#include "core/host/exit_record.hpp"

namespace ketrew::sdk::batch {

enum class FileSeen { here, broken, absent, unreadable };

// What the job's own script left.
struct Look {
  FileSeen exit = FileSeen::unreadable;
  host::ExitRecord record;  // with `here`
  FileSeen claim = FileSeen::unreadable;
  host::ClaimRecord claimed;  // the latest claim: of the highest restart; with `here`
};

// The folder is listed before the files are opened: a network file system shows what is new there.
std::string look_text(const std::string& root, std::string_view mark,
                      std::span<const std::string> tokens);
std::map<std::string, Look> read_looks(std::string_view answer, std::string_view mark);

// Where a submission stands.
enum class Submitting {
  never,     // nothing was begun, nor can it be any more by a text that was sent before
  stopped,   // it was begun, and has been over for long without an answer
  answered,  // `answer` has what was said
  underway,  // it may be going on just now
  unknown,   // the playground cannot be read or written
};
struct Finding {
  Submitting submitting = Submitting::unknown;
  ShellOutput answer;
  Look look;
};
// Leaves a tombstone, as submit_text.hpp says. `submit_seconds`: how long one submission may last.
std::string finding_text(const std::string& root, std::string_view mark, int submit_seconds,
                      std::span<const std::string> tokens);
std::map<std::string, Finding> read_findings(std::string_view answer, std::string_view mark);

}  // namespace ketrew::sdk::batch
