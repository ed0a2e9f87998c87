// The user and the graph.
#include "core/engine/transition.hpp"

namespace ketrew::engine {

void Transition::operator()(const event::Activate& e) {
  switch (p_.state) {
    case State::passive:
      p_.asked_for = true;
      p_.orphan = false;
      job_.orphan_since.reset();
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
      if (p_.kill_asked) return;
      // It is being killed for its time-out: now it will not be tried again.
      p_.kill_asked = true;
      return note(e.by);
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::Settle& e) {
  const State end = e.forget ? State::lost : e.well ? State::succeeded : State::failed;
  switch (p_.state) {
    case State::passive:
      return finish(end, e.why);  // nobody had asked for it
    case State::active: case State::evaluating: case State::blocked: case State::queued:
    case State::starting: case State::running: case State::verifying: case State::killing:
      p_.attempt_open = false;
      p_.evidence = {};
      return e.well ? finish_well(end, e.why) : finish_failed(end, e.why);
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::Orphaned&) {
  switch (p_.state) {
    case State::passive:
      job_.orphan_since = context_.now.mono;
      if (!p_.orphan) {
        p_.orphan = true;
        set_reason("nothing can activate it any more");
        note(p_.reason);
      }
      wait_as_orphan();
      // Where what it is for is there already, it is not to be killed.
      if (job_.has_condition) act(Action::evaluate);
      return;
    case State::active: case State::evaluating: case State::blocked: case State::queued:
    case State::starting: case State::running: case State::verifying: case State::killing:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::Adopted&) {
  switch (p_.state) {
    case State::passive:
      if (!p_.orphan) return;
      p_.orphan = false;
      job_.orphan_since.reset();
      job_.due.reset();
      job_.call = 0;
      set_reason("");
      return note("it can be activated again");
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
