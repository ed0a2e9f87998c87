// The user and the graph.
#include "core/engine/transition.hpp"

namespace ketrew::engine {

void Transition::operator()(const event::Activate& e) {
  switch (p_.state) {
    case State::passive:
      move(State::active, e.by);
      return proceed();
    case State::active: case State::evaluating: case State::blocked: case State::queued:
    case State::starting: case State::running: case State::verifying: case State::killing:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::Kill& e) {
  switch (p_.state) {
    case State::passive:
      // Nobody had asked for it: its failure edges do not fire.
      return finish(State::killed, e.by);
    case State::active: case State::evaluating: case State::blocked: case State::queued:
    case State::verifying:
      p_.kill_asked = true;
      p_.attempt_open = false;
      return finish_failed(State::killed, e.by);
    case State::starting:
      // Whether it started is not known yet: the wish is kept until it is.
      p_.kill_asked = true;
      move(State::killing, e.by);
      if (p_.doubt) act(Action::find);
      return;
    case State::running:
      p_.kill_asked = true;
      move(State::killing, e.by);
      return act(Action::kill);
    case State::killing:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::Orphaned&) {
  switch (p_.state) {
    case State::passive: return finish(State::killed, "nothing can activate it any more");
    case State::active: case State::evaluating: case State::blocked: case State::queued:
    case State::starting: case State::running: case State::verifying: case State::killing:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::DependenciesSucceeded&) {
  switch (p_.state) {
    case State::blocked: return enter_queue("all dependencies succeeded");
    case State::passive: case State::active: case State::evaluating: case State::queued:
    case State::starting: case State::running: case State::verifying: case State::killing:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::DependencyFailed& e) {
  switch (p_.state) {
    case State::blocked: return finish_failed(State::dependency_failed, e.which);
    case State::passive: case State::active: case State::evaluating: case State::queued:
    case State::starting: case State::running: case State::verifying: case State::killing:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

}  // namespace ketrew::engine
