#include "backends/lsf/states.hpp"

#include <array>

namespace ketrew::lsf {
namespace {

constexpr std::array<NativeState, 13> states = {{
    {"PEND", Verdict::waiting, "pending"},
    {"PSUSP", Verdict::waiting, "held before its start (bstop, or bsub -H); bresume releases it"},
    {"WAIT", Verdict::waiting, "waiting in a chunk of jobs"},
    {"PROV", Verdict::waiting, "its machine is being woken up"},
    {"RUN", Verdict::running, "running"},
    {"USUSP", Verdict::running, "suspended"},
    {"SSUSP", Verdict::running, "suspended by LSF"},
    {"DONE", Verdict::ended, ""},
    {"EXIT", Verdict::ended, ""},
    // sbatchd of the machine is out of reach: the job may be alive.
    {"UNKWN", Verdict::cannot_tell, "LSF cannot reach the machine that it runs on"},
    // Killed, or run again under another id, while that machine was out of reach.
    {"ZOMBI", Verdict::cannot_tell,
     "LSF ends it as soon as it reaches the machine that it runs on again"},
    {"NULL", Verdict::cannot_tell, "LSF does not know its state"},
    {"ERROR", Verdict::cannot_tell, "LSF does not know its state"},
}};

using enum FailureClass;
constexpr std::array<TermReason, 34> reasons = {{
    {"TERM_ADMIN", cancelled_outside},
    {"TERM_BUCKET_KILL", cancelled_outside},
    {"TERM_CHKPNT", cancelled_outside},
    {"TERM_CPULIMIT", wall_time},
    {"TERM_CSM_ALLOC", node},
    {"TERM_CTRL_PID", node},
    {"TERM_CWD_NOTEXIST", never_started},
    {"TERM_DATA", never_started},
    {"TERM_DEADLINE", wall_time},
    {"TERM_EXTERNAL_SIGNAL", {}},
    {"TERM_FORCE_ADMIN", cancelled_outside},
    {"TERM_FORCE_OWNER", cancelled_outside},
    {"TERM_KUBE", node},
    {"TERM_LOAD", preempted},
    {"TERM_MC_RECALL", preempted},
    {"TERM_MEMLIMIT", out_of_memory},
    {"TERM_ORPHAN_SYSTEM", cancelled_outside},
    {"TERM_OTHER", {}},
    {"TERM_OWNER", cancelled_outside},
    {"TERM_PREEMPT", preempted},
    {"TERM_PRE_EXEC_FAIL", never_started},
    {"TERM_PROCESSLIMIT", {}},
    {"TERM_RC_RECLAIM", preempted, true},
    {"TERM_REMOVE_HUNG_JOB", node},
    {"TERM_REQUEUE_ADMIN", preempted, true},
    {"TERM_REQUEUE_OWNER", preempted, true},
    {"TERM_RMS", {}},
    {"TERM_RUNLIMIT", wall_time},
    {"TERM_SLURM", node},
    {"TERM_SWAP", out_of_memory},
    {"TERM_THREADLIMIT", {}},
    {"TERM_UNKNOWN", {}},
    {"TERM_WINDOW", preempted},
    {"TERM_ZOMBIE", node},
}};

}  // namespace

std::span<const NativeState> native_states() { return states; }

const NativeState* native_state(std::string_view word) {
  for (const NativeState& state : states)
    if (state.word == word) return &state;
  return nullptr;
}

std::span<const TermReason> term_reasons() { return reasons; }

const TermReason* term_reason_in(std::string_view text) {
  const std::size_t at = text.find("TERM_");
  if (at == std::string_view::npos) return nullptr;
  std::string_view word = text.substr(at);
  std::size_t size = 0;
  while (size < word.size() && ((word[size] >= 'A' && word[size] <= 'Z') || word[size] == '_'))
    ++size;
  word = word.substr(0, size);
  for (const TermReason& reason : reasons)
    if (reason.word == word) return &reason;
  return nullptr;
}

}  // namespace ketrew::lsf
