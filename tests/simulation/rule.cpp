#include "tests/simulation/rule.hpp"

namespace ketrew::simulation {

std::string_view to_string(Rule rule) {
  switch (rule) {
    case Rule::none: return "none";
    case Rule::intent_before_effect: return "a start is sent after its intent is committed";
    case Rule::ack_after_commit: return "a submission is acknowledged after its commit";
    case Rule::commits_are_synced: return "a commit is synced";
    case Rule::claim_before_run: return "the script claims its token before it runs";
    case Rule::fence_by_restart_count: return "the claim is keyed by the restart count too";
    case Rule::token_reused: return "a repeated start has the same token";
    case Rule::absence_needs_a_lag: return "absence is proven by two looks a lag apart";
    case Rule::find_before_restart: return "a start in doubt is looked for first";
    case Rule::gone_needs_a_grace: return "gone is lost only after a grace";
    case Rule::cannot_tell_is_no_news: return "a question that fails is not absence";
    case Rule::failure_needs_proof: return "a question that fails is not a failure";
    case Rule::old_answers_are_dropped: return "an old answer counts for nothing";
    case Rule::final_is_final: return "a final state is final";
    case Rule::kill_is_kept: return "a kill during a start is kept";
    case Rule::kill_ends_retries: return "what is killed is not tried again";
    case Rule::pause_holds: return "what is paused is not started";
    case Rule::same_key_same_job: return "one idempotency key is one submission";
    case Rule::epoch_is_checked: return "a daemon that lost its database writes no more";
    case Rule::history_is_whole: return "every transition is in the history";
    case Rule::totals_are_true: return "the totals are true";
    case Rule::changes_are_stored: return "a change that is reported as stored is stored";
    case Rule::timers_ring: return "what is due comes up";
    case Rule::count_: break;
  }
  return "?";
}

}  // namespace ketrew::simulation
