// The shell text that submits many jobs, and its answer. Pure.
//
// In the playground of an attempt, beside what playground.hpp names:
//   submit            made with O_EXCL before the scheduler is asked: "run UPTIME BOOT", or
//                     "find ..." by a `find`, after which no submission begins that was sent before
//   submit.out, .err  what the submit command said
//   submitted         "submitted code=N end": it said all of that
// So a connection that breaks at any moment loses nothing: `find` reads these.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "backends/sdk/batch/marked_text.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::sdk::batch {

struct SubmitOrder {
  std::string token;
  std::string script;    // whole
  std::string command;   // of Submission
  bool anew = false;     // over a tombstone, or over an answer that was a refusal
};

struct SubmitLimits {
  int one_seconds = 30;    // for one submission
  int begin_seconds = 20;  // after so long none is begun any more
};

enum class SubmitWord {
  answered,   // by the scheduler, now
  existing,   // ... and by an earlier text
  tombstone,  // a `find` said that it was never submitted
  underway,   // an earlier text had begun, and its answer is not there
  later,      // not begun
  failed,     // not begun: the playground cannot be written
};
struct SubmitReply {
  SubmitWord word = SubmitWord::underway;
  std::string why;     // of later and failed
  bool slow = false;   // it took so long that no other should be tried just now
  bool timed_out = false;
  bool buried = false;  // with existing: a `find` has looked at that answer since
  ShellOutput output;  // of answered and existing
};

// `root`: the folder of the playgrounds.
std::string submit_text(const std::string& root, std::string_view mark,
                        const SubmitLimits& limits, std::span<const SubmitOrder> orders);
// A token that is missing was not reached, or its answer was cut: in doubt.
std::map<std::string, SubmitReply> read_submit(std::string_view answer, std::string_view mark);

// `ketrew_files` prints the three files of $ketrew_p; shared with `find`.
extern const std::string_view submission_files_function;
std::optional<ShellOutput> read_submission_files(std::span<const MarkedPiece> pieces);

}  // namespace ketrew::sdk::batch
