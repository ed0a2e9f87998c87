// Closed tables of LSF's words. Sources: bjobs(1) and bhist(1) of OpenLava 2.2 and recordings of it;
// IBM Spectrum LSF 10.1, "bjobs", "Job states" and "Termination reasons displayed by bacct, bhist,
// and bjobs". A word that is not here is cannot-tell.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/model/failure_class.hpp"

namespace ketrew::lsf {

enum class Verdict { waiting, running, ended, cannot_tell };

struct NativeState {
  std::string_view word;     // in column STAT
  Verdict verdict;
  std::string_view meaning;  // the reason to wait, the phase, or why nothing can be told
};
std::span<const NativeState> native_states();
const NativeState* native_state(std::string_view word);  // null: not in the table

// Why LSF ended a job, as IBM's versions tell ("TERM_RUNLIMIT: job killed after ...").
struct TermReason {
  std::string_view word;
  std::optional<FailureClass> failure;  // none: its exit code or signal says it all
  bool runs_again = false;              // it was put back into the queue: not an end
};
std::span<const TermReason> term_reasons();
// The first of them that `text` has; white space in it plays no part. Null: none.
const TermReason* term_reason_in(std::string_view text);

}  // namespace ketrew::lsf
