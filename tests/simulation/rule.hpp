// Rules that a world can be told to break, each in one place outside of the product: what carries out
// the engine's wishes, what the store is asked for, what a scheduler's script does. See planted_test.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ketrew::simulation {

enum class Rule : std::uint8_t {
  none,
  intent_before_effect,     // a start is sent before its intent is committed
  ack_after_commit,         // a submission is acknowledged before it is committed
  commits_are_synced,       // the disk is never told to sync
  claim_before_run,         // the script does not claim its token
  fence_by_restart_count,   // ... or claims it without the restart count
  token_reused,             // a start that is repeated has a token of its own
  absence_needs_a_lag,      // absent once is absent
  find_before_restart,      // a start in doubt is not looked for: it is taken to be absent
  gone_needs_a_grace,       // gone once is lost
  cannot_tell_is_no_news,   // a question that failed is taken for absence
  failure_needs_proof,      // a question that failed is taken for a failure
  old_answers_are_dropped,  // an answer counts for whatever is asked of its job now
  final_is_final,           // an end is followed by another one
  kill_is_kept,             // a kill during a start is acknowledged and forgotten
  kill_ends_retries,        // a killed job is tried again
  pause_holds,              // what is paused goes on
  same_key_same_job,        // the idempotency key is not looked at
  epoch_is_checked,         // a daemon that lost its database goes on writing
  history_is_whole,         // an entry is left out
  totals_are_true,          // a total is off by one
  changes_are_stored,       // a change is reported as stored, and is not
  timers_ring,              // some times that the engine asks for never come
  count_
};

std::string_view to_string(Rule rule);

}  // namespace ketrew::simulation
