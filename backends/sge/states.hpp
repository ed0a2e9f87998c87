// Closed tables of Grid Engine's words. Sources: qstat(1), sge_status(5), sge_diagnostics(1) and
// accounting(5) of Son of Grid Engine 8.1.9, and recordings of it. What is not here is cannot-tell.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model/failure_class.hpp"

namespace ketrew::sge {

enum class Verdict { waiting, running, error, cannot_tell };

// A state is a word of letters, "hqw", "Rr", "Eqw": each letter of it must be in this table.
struct StateLetter {
  char letter;
  std::string_view meaning;
};
std::span<const StateLetter> state_letters();

struct NativeState {
  Verdict verdict = Verdict::cannot_tell;
  std::string meaning;     // the reason to wait, the phase, or what is wrong
  bool restarted = false;  // R: it ran before, under this id
  bool deleted = false;    // d: its end was asked for
};
NativeState native_state(std::string_view word);

// What became of a run, field `failed` of the accounting.
enum class Run {
  ended,         // its exit status counts
  never_ran,     // something failed before the job began
  again,         // it was put back into the queue: not an end
  broken,        // the machine or Grid Engine failed under it
  over_limit,    // h_rt, h_cpu or h_vmem
  signalled,     // "assumedly after job": a signal ended it, Grid Engine's or another
};
struct FailedCode {
  int code;
  Run run;
  std::string_view words;  // of sge_status(5)
};
std::span<const FailedCode> failed_codes();
const FailedCode* failed_code(int code);  // null: not in the table

}  // namespace ketrew::sge
