// What the reports say of a job's end.
#pragma once

#include <optional>
#include <string>

#include "backends/lsf/long_report.hpp"
#include "core/model/observation.hpp"

namespace ketrew::lsf {

struct End {
  observed::Ended ended;  // without code, signal and class where LSF saw no more than its end
  bool never_ran = false;      // it was ended while it was pending
  bool may_come_back = false;  // a signal of unknown origin, perhaps brequeue: EXIT, then PEND again
};
// Nothing: it has not ended (it runs again, or is held by a dead machine), or its words are unknown.
// Note that LSF's "done", exit code 0, is also what a job shows whose script was killed: only the
// exit file proves success.
std::optional<End> end_in_history(const LongJob& job, Wall submitted);  // of `bhist -l`
// Of `bjobs -l`, state DONE or EXIT. Who ended it, and why, only the history knows.
std::optional<End> end_in_queue(const LongJob& job, Wall submitted);

}  // namespace ketrew::lsf
