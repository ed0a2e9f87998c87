#include "backends/slurm/states.hpp"

#include <array>

namespace ketrew::slurm {
namespace {

using enum Meaning;
using FC = FailureClass;

// Base states are `enum job_states` of slurm.h; flags are the JOB_* bits beside it, which squeue and
// sacct show in place of the base state. The words are those of squeue(1), JOB STATE CODES, of 22.05
// to 25.05, and of sacct(1).
constexpr std::string_view base = "slurm.h, job_states", flag = "slurm.h, job state flags";

constexpr std::array<NativeState, 31> table = {{
    {"PENDING", waiting, "", {}, base},
    {"RUNNING", running, "running", {}, base},
    {"SUSPENDED", running, "suspended", {}, base},
    {"COMPLETED", succeeded, "", {}, base},
    {"CANCELLED", failed, "", FC::cancelled_outside, base},
    {"FAILED", failed, "", {}, base},
    {"TIMEOUT", failed, "", FC::wall_time, base},
    {"NODE_FAIL", failed, "", FC::node, base},
    {"PREEMPTED", failed, "", FC::preempted, base},
    {"BOOT_FAIL", failed, "", FC::node, base},
    {"DEADLINE", failed, "", FC::wall_time, base},
    {"OUT_OF_MEMORY", failed, "", FC::out_of_memory, base},
    {"LAUNCH_FAILED", failed, "", FC::never_started, flag},
    {"RECONFIG_FAIL", failed, "", FC::node, flag},
    {"REQUEUED", waiting, "", {}, flag},
    {"REQUEUE_HOLD", waiting, "", {}, flag},
    {"SPECIAL_EXIT", waiting, "", {}, flag},
    {"REQUEUE_FED", waiting, "", {}, flag},
    {"EXPEDITING", waiting, "", {}, flag},
    {"CONFIGURING", waiting, "", {}, flag},
    {"POWER_UP_NODE", waiting, "", {}, flag},
    {"RESV_DEL_HOLD", waiting, "", {}, flag},
    {"COMPLETING", running, "completing", {}, flag},
    {"STOPPED", running, "stopped", {}, flag},
    {"SIGNALING", running, "signaling", {}, flag},
    {"STAGE_OUT", running, "staging out", {}, flag},
    {"RESIZING", running, "resizing", {}, flag},
    {"UPDATE_DB", running, "updating the database", {}, flag},
    {"REVOKED", elsewhere, "", {}, flag},
    {"UPDATING", running, "updating", {}, "sacct(1)"},
    {"END", elsewhere, "", {}, "slurm.h, job_states: the bound of the enumeration"},
}};

}  // namespace

std::span<const NativeState> native_states() { return table; }

const NativeState* find_state(std::string_view word) {
  constexpr std::string_view by = "CANCELLED by ";
  if (word.substr(0, by.size()) == by &&
      word.find_first_not_of("0123456789", by.size()) == std::string_view::npos &&
      word.size() > by.size())
    word = "CANCELLED";
  for (const auto& state : table)
    if (state.word == word) return &state;
  return nullptr;
}

}  // namespace ketrew::slurm
