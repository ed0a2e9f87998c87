// A start and its doubts.
#include "core/engine/transition.hpp"

namespace ketrew::engine {

void Transition::operator()(const event::Started& e) {
  // As good a guess as there is until the backend says better.
  if (p_.state == State::starting) p_.started_at = context_.now.wall;
  adopt(e.state, "the backend has it");
}

void Transition::operator()(const event::Found& e) { adopt(e.state, "found: it had been started"); }

void Transition::operator()(const event::Refused& e) {
  switch (p_.state) {
    case State::starting:
      if (e.for_ever) return end_attempt(refusal(e.why));
      // No attempt is spent: nothing ran under this token, and it is used again.
      return queue_later(e.why, "refused for now: " + e.why);
    case State::killing:
      if (!p_.backend_state.empty()) return;
      p_.attempt_open = false;
      p_.doubt = false;
      return finish_failed(State::killed, "it was never started: " + e.why);
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::queued: case State::running: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::StartInDoubt& e) {
  switch (p_.state) {
    case State::starting: case State::killing:
      if (!p_.backend_state.empty()) return;
      return doubt(e.why);
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::queued: case State::running: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::StartNotSent& e) {
  switch (p_.state) {
    case State::starting:
      if (p_.doubt) return;
      return queue_later(e.why, "not asked: " + e.why);
    case State::killing:
      if (p_.doubt || !p_.backend_state.empty()) return;
      p_.attempt_open = false;
      return finish_failed(State::killed, "it was never started");
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::queued: case State::running: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::Absent& e) {
  switch (p_.state) {
    case State::starting: case State::killing: {
      if (!p_.doubt) return;
      const Mono now = context_.now.mono;
      if (!job_.absent_since) job_.absent_since = now;
      if (now - *job_.absent_since < context_.visibility_lag) {
        // A scheduler may show a job later than it took it: one look is no proof.
        job_.due = *job_.absent_since + context_.visibility_lag;
        return;
      }
      p_.doubt = false;
      job_.absent_since.reset();
      job_.due.reset();
      job_.tries = 0;
      if (p_.state == State::killing) {
        p_.attempt_open = false;
        p_.evidence = e.evidence;
        return finish_failed(State::killed, "proven not to have been started");
      }
      note("proven absent: asked again under the same token", e.evidence);
      return act(Action::start);
    }
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::queued: case State::running: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::FindCannotTell& e) {
  switch (p_.state) {
    case State::starting: case State::killing:
      if (!p_.doubt) return;
      job_.absent_since.reset();
      return try_later(e.why);
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::queued: case State::running: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::begin_attempt() {
  ++p_.attempt;
  p_.attempt_open = true;
  p_.backend_state.clear();
  p_.phase.clear();
  p_.message.clear();
  p_.exit_code.reset();
  p_.signal.reset();
  p_.failure.reset();
  p_.evidence = {};
  p_.usage = nullptr;
  p_.started_at.reset();
  p_.ended_at.reset();
  p_.running_since.reset();
  p_.timed_out = p_.kill_sent = false;
  job_.kills = 0;
  job_.running_since.reset();
  job_.gone_since.reset();
}

void Transition::doubt(const std::string& why) {
  job_.absent_since.reset();
  if (!p_.doubt) {
    p_.doubt = true;
    note("in doubt: " + why);
  }
  set_reason(why);
  job_.due.reset();
  act(Action::find);
}

void Transition::adopt(const std::string& state, const std::string& reason) {
  switch (p_.state) {
    case State::starting:
      p_.backend_state = state;
      p_.doubt = false;
      job_.heard = context_.now.mono;
      job_.refusals = 0;
      move(State::running, reason);
      return act(Action::poll_soon);
    case State::killing:
      if (!p_.backend_state.empty()) return;
      p_.backend_state = state;
      p_.doubt = false;
      job_.due.reset();
      note(reason);
      return act(Action::kill);
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::queued: case State::running: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

}  // namespace ketrew::engine
