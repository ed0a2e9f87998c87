// The states of a job and what they mean to a user (DESIGN: jobs and states).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ketrew {

// The numbers are stored in databases: append only, never renumber.
enum class State : std::uint8_t {
  passive = 0,     // submitted; nothing asked for it yet
  active,          // asked for, by the user or by a dependent
  evaluating,      // its condition is being evaluated, before
  blocked,         // waits for dependencies, which it activates
  queued,          // ready; held back by us: a limit, a rate, a paused or unreachable host
  starting,        // the intent is committed, the backend is being asked
  running,         // the backend has it; `phase` is the backend's own word
  verifying,       // it ran; its condition is being evaluated, after
  killing,         // a kill was asked for
  succeeded,       // final from here on
  already_done,
  failed,
  start_failed,
  condition_failed,
  not_ensured,
  dependency_failed,
  killed,
  kill_failed,
  lost,
};
inline constexpr std::size_t state_count = 19;
inline constexpr std::array<State, state_count> all_states = {
    State::passive,      State::active,           State::evaluating,  State::blocked,
    State::queued,       State::starting,         State::running,     State::verifying,
    State::killing,      State::succeeded,        State::already_done, State::failed,
    State::start_failed, State::condition_failed, State::not_ensured, State::dependency_failed,
    State::killed,       State::kill_failed,      State::lost};

enum class Status : std::uint8_t { activable, in_progress, successful, failed };

std::string_view to_string(State state);  // the contract's words: "already-done"
std::optional<State> parse_state(std::string_view text);
std::string_view to_string(Status status);  // "in-progress"
std::optional<Status> parse_status(std::string_view text);

Status status_of(State state);
constexpr bool is_final(State state) { return state >= State::succeeded; }
// States in which a backend has, or may have, the job: they count against `running` limits.
constexpr bool is_held_by_backend(State state) {
  return state == State::starting || state == State::running || state == State::killing;
}

}  // namespace ketrew
