#include "backends/pbs/states.hpp"

#include <array>

namespace ketrew::pbs {
namespace {

using enum Verdict;

// qstat(1B) of OpenPBS 23.06, "job_state".
constexpr std::array<NativeState, 12> openpbs_states = {{
    {'B', running, "array begun"},
    {'E', running, "exiting"},  // its Exit_status is there early, and may be for long
    {'F', ended, "finished"},
    {'H', waiting, "held"},
    {'M', waiting, "moved to another server"},
    {'Q', waiting, "queued"},
    {'R', running, "running"},
    {'S', running, "suspended"},
    {'T', waiting, "in transit"},
    {'U', running, "suspended: its machine is in use"},
    {'W', waiting, "waiting for its time"},
    {'X', ended, "finished"},  // an array's element
}};

// qstat(1B) of Torque 6.1, "S".
constexpr std::array<NativeState, 8> torque_states = {{
    {'C', ended, "completed"},
    {'E', running, "exiting"},
    {'H', waiting, "held"},
    {'Q', waiting, "queued"},
    {'R', running, "running"},
    {'S', running, "suspended"},
    {'T', waiting, "in transit"},
    {'W', waiting, "waiting for its time"},
}};

// The wrapper qstat of Slurm 22.05, sub stateCode. U is whatever it has no letter for: out of
// memory, past its deadline, an end, yet also states that are none.
constexpr std::array<NativeState, 5> slurm_states = {{
    {'C', ended, "completed"},  // succeeded, failed, cancelled, timed out: it does not say
    {'Q', waiting, "queued"},   // held, too
    {'R', running, "running"},
    {'S', running, "suspended"},
    {'U', cannot_tell, "unknown to Slurm's qstat"},
}};

struct Substate {
  int number;
  std::string_view words;
};
// src/include/job.h of OpenPBS 23.06, JOB_SUBSTATE_*.
constexpr std::array<Substate, 16> substates = {{
    {11, "has files to stage in"},
    {13, "waits for a synchronous start"},
    {14, "files are being staged in"},
    {15, "files are being staged in"},
    {21, "waits for a synchronous start"},
    {22, "waits for another job (depend)"},
    {37, "its files could not be staged in"},
    {43, "suspended on request"},
    {45, "suspended by the scheduler"},
    {51, "files are being staged out"},
    {54, "is being aborted"},
    {60, "is being run again"},
    {61, "is being run again"},
    {62, "is being run again"},
    {63, "is being run again"},
    {71, "its nodes are being provisioned"},
}};

using enum FailureClass;

// src/include/job.h of OpenPBS 23.06, JOB_EXEC_*.
constexpr std::array<ExecutionFailure, 27> openpbs_failures = {{
    {-1, never_started, true, "could not be started"},
    {-2, never_started, true, "could not be started"},
    {-3, never_started, true, "could not be started, to be tried again"},
    {-4, node, false, "aborted when its node's PBS started"},
    {-5, node, false, "aborted when its node's PBS started"},
    {-6, node, false, "aborted when its node's PBS started"},
    {-7, never_started, true, "could not be restarted"},
    {-10, never_started, true, "no such user or group on its node"},
    {-11, preempted, false, "ended to be run again"},
    {-12, preempted, false, "checkpointed and ended"},
    {-13, never_started, true, "bad password"},
    {-14, node, false, "ended to be run again: another of its nodes failed"},
    {-15, preempted, false, "requeued to go on from a checkpoint"},
    {-16, never_started, true, "rejected by a hook of its node, to be tried again"},
    {-17, never_started, true, "rejected by a hook of its node"},
    {-18, preempted, false, "requeued by a hook"},
    {-19, cancelled_outside, false, "deleted by a hook"},
    {-20, node, false, "its first node was lost"},
    {-21, never_started, true, "unsafe permissions of PBS's folders on its node"},
    {-22, never_started, true, "a hook of its node failed"},
    {-23, never_started, true, "no Kerberos credentials"},
    {-24, cancelled_outside, false, "used more processors than it asked for (burst)"},
    {-25, cancelled_outside, false, "used more processors than it asked for"},
    {-26, out_of_memory, false, "over its limit of virtual memory"},
    {-27, out_of_memory, false, "over its limit of memory"},
    {-28, wall_time, false, "over its limit of processor time"},
    {-29, wall_time, false, "over its wall time"},
}};

// Torque 6.1.2 Administrator Guide, "Job Exit Status".
constexpr std::array<ExecutionFailure, 14> torque_failures = {{
    {-1, never_started, true, "could not be started"},
    {-2, never_started, true, "could not be started"},
    {-3, never_started, true, "could not be started, to be tried again"},
    {-4, node, false, "aborted when its node's PBS started"},
    {-5, node, false, "aborted when its node's PBS started"},
    {-6, node, false, "aborted when its node's PBS started"},
    {-7, never_started, true, "could not be restarted"},
    {-8, never_started, true, "its command could not be executed"},
    {-9, never_started, true, "its output file could not be created"},
    {-10, out_of_memory, false, "over its limit of memory"},
    {-11, wall_time, false, "over its wall time"},
    {-12, wall_time, false, "over its limit of processor time"},
    {-13, never_started, true, "its control group could not be made"},
    {-14, never_started, true, "the prologue failed"},
}};

}  // namespace

std::span<const NativeState> native_states(Dialect dialect) {
  switch (dialect) {
    case Dialect::openpbs: return openpbs_states;
    case Dialect::torque: return torque_states;
    case Dialect::slurm: return slurm_states;
  }
  return {};
}

const NativeState* find_state(Dialect dialect, std::string_view word) {
  if (word.size() != 1) return nullptr;
  for (const NativeState& state : native_states(dialect))
    if (state.word == word.front()) return &state;
  return nullptr;
}

std::string_view substate_words(int number) {
  for (const Substate& entry : substates)
    if (entry.number == number) return entry.words;
  return {};
}

std::span<const ExecutionFailure> execution_failures(Dialect dialect) {
  switch (dialect) {
    case Dialect::openpbs: return openpbs_failures;
    case Dialect::torque: return torque_failures;
    case Dialect::slurm: return {};  // its qstat has no exit status at all
  }
  return {};
}

const ExecutionFailure* find_execution_failure(Dialect dialect, int status) {
  for (const ExecutionFailure& entry : execution_failures(dialect))
    if (entry.status == status) return &entry;
  return nullptr;
}

}  // namespace ketrew::pbs
