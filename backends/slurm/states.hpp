// Every state of a job that Slurm has a word for, and what it means here. A closed table: a word
// that is not in it tells nothing.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/model/failure_class.hpp"

namespace ketrew::slurm {

enum class Meaning {
  waiting,
  running,
  succeeded,  // the scheduler's word; the exit file must agree
  failed,
  elsewhere,  // another cluster of a federation has it: cannot be told from here
};

struct NativeState {
  std::string_view word;  // of `squeue -O State` and `sacct -o State`
  Meaning meaning;
  std::string_view phase;                // of `running`
  std::optional<FailureClass> failure;   // of `failed`; none: by exit code or signal
  std::string_view source;               // where Slurm defines it
};

std::span<const NativeState> native_states();
// nullptr: unknown. "CANCELLED by 1000", as sacct has it, is CANCELLED.
const NativeState* find_state(std::string_view word);

}  // namespace ketrew::slurm
