#include "core/model/state.hpp"

namespace ketrew {

std::string_view to_string(State state) {
  switch (state) {
    case State::passive: return "passive";
    case State::active: return "active";
    case State::evaluating: return "evaluating";
    case State::blocked: return "blocked";
    case State::queued: return "queued";
    case State::starting: return "starting";
    case State::running: return "running";
    case State::verifying: return "verifying";
    case State::killing: return "killing";
    case State::succeeded: return "succeeded";
    case State::already_done: return "already-done";
    case State::failed: return "failed";
    case State::start_failed: return "start-failed";
    case State::condition_failed: return "condition-failed";
    case State::not_ensured: return "not-ensured";
    case State::dependency_failed: return "dependency-failed";
    case State::killed: return "killed";
    case State::kill_failed: return "kill-failed";
    case State::lost: return "lost";
  }
  return "?";
}

std::optional<State> parse_state(std::string_view text) {
  for (const State state : all_states)
    if (to_string(state) == text) return state;
  return {};
}

std::string_view to_string(Status status) {
  switch (status) {
    case Status::activable: return "activable";
    case Status::in_progress: return "in-progress";
    case Status::successful: return "successful";
    case Status::failed: return "failed";
  }
  return "?";
}

std::optional<Status> parse_status(std::string_view text) {
  for (const auto status :
       {Status::activable, Status::in_progress, Status::successful, Status::failed})
    if (to_string(status) == text) return status;
  return {};
}

Status status_of(State state) {
  switch (state) {
    case State::passive: return Status::activable;
    case State::active:
    case State::evaluating:
    case State::blocked:
    case State::queued:
    case State::starting:
    case State::running:
    case State::verifying:
    case State::killing: return Status::in_progress;
    case State::succeeded:
    case State::already_done: return Status::successful;
    case State::failed:
    case State::start_failed:
    case State::condition_failed:
    case State::not_ensured:
    case State::dependency_failed:
    case State::killed:
    case State::kill_failed:
    case State::lost: return Status::failed;
  }
  return Status::failed;
}

}  // namespace ketrew
