// The evaluation of its condition.
#include "core/engine/transition.hpp"

namespace ketrew::engine {

void Transition::operator()(const event::ConditionHolds& e) {
  switch (p_.state) {
    case State::evaluating:
      p_.evidence = e.evidence;
      return finish_well(State::already_done, "its condition holds already");
    case State::verifying:
      return finish_well(State::succeeded, "it ran, and its condition holds");
    case State::passive:
      if (!p_.orphan) return;
      p_.evidence = e.evidence;
      // Nobody had asked for it: no edges fire.
      return finish(State::already_done, "nobody asked for it, and its condition holds");
    case State::active: case State::blocked: case State::queued:
    case State::starting: case State::running: case State::killing:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::ConditionFails& e) {
  switch (p_.state) {
    case State::evaluating: return after_condition("its condition does not hold yet");
    case State::verifying:
      p_.evidence = e.evidence;
      return finish_failed(State::not_ensured, "it ran, but its condition does not hold");
    case State::passive:
      if (p_.orphan) wait_as_orphan();
      return;
    case State::active: case State::blocked: case State::queued:
    case State::starting: case State::running: case State::killing:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::ConditionUnknown& e) {
  switch (p_.state) {
    case State::evaluating: case State::verifying: return try_later(e.why);
    case State::passive:
      if (!p_.orphan) return;
      try_later(e.why);
      job_.due = std::min(*job_.due, *job_.orphan_since + context_.settings.orphan_grace);
      return;
    case State::active: case State::blocked: case State::queued:
    case State::starting: case State::running: case State::killing:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::ConditionBroken& e) {
  switch (p_.state) {
    case State::evaluating: case State::verifying:
      return finish_failed(State::condition_failed, e.why);
    case State::passive:
      if (p_.orphan) wait_as_orphan();
      return;
    case State::active: case State::blocked: case State::queued:
    case State::starting: case State::running: case State::killing:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

// From `active` to what comes first.
void Transition::proceed() {
  if (job_.has_condition) {
    move(State::evaluating, "its condition is being evaluated");
    return act(Action::evaluate);
  }
  after_condition("ready");
}

void Transition::after_condition(const std::string& reason) {
  if (job_.blockers == 0) return enter_queue(reason);
  move(State::blocked, reason);
  act(Action::activate_dependencies);
}

// It is killed when the grace is over, unless something adopts it.
void Transition::wait_as_orphan() { job_.due = *job_.orphan_since + context_.settings.orphan_grace; }

}  // namespace ketrew::engine
