// The scheduler: places, times, recovery, what crashes its backend.
#include "core/engine/transition.hpp"

namespace ketrew::engine {

void Transition::operator()(const event::Admitted&) {
  switch (p_.state) {
    case State::queued:
      if (!p_.attempt_open) begin_attempt();
      p_.doubt = false;
      job_.absent_since.reset();
      move(State::starting, "attempt " + std::to_string(p_.attempt));
      return act(Action::start);
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::starting: case State::running: case State::verifying: case State::killing:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::Due&) {
  job_.due.reset();
  switch (p_.state) {
    case State::evaluating: case State::verifying: return act(Action::evaluate);
    case State::starting:
      if (p_.doubt) act(Action::find);
      return;
    case State::killing:
      if (p_.doubt) return act(Action::find);
      if (p_.backend_state.empty()) return;  // the answer to the start will tell
      if (job_.kills >= context_.settings.max_kills)
        return finish_failed(State::kill_failed,
                             "still there after " + std::to_string(job_.kills) + " kills");
      return act(Action::kill);
    case State::passive:
      if (!p_.orphan) return;
      if (context_.now.mono < *job_.orphan_since + context_.settings.orphan_grace) {
        wait_as_orphan();  // whether or not that is answered in time
        return act(Action::evaluate);
      }
      return finish(State::killed, "nothing could activate it any more");
    case State::running: return time_out();
    // A queued job's time is the scheduler's business: it comes as `Admitted`.
    case State::queued:
    case State::active: case State::blocked:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::Recovered&) {
  switch (p_.state) {
    case State::active: return proceed();
    case State::evaluating: case State::verifying: return act(Action::evaluate);
    case State::queued: return act(Action::enter_queue);
    case State::starting: return doubt("the daemon stopped while it was being started");
    case State::running:
      watch_time();
      return act(Action::poll_soon);
    case State::blocked: return act(Action::activate_dependencies);
    case State::killing:
      if (p_.backend_state.empty())
        return doubt("the daemon stopped while it was being started");
      return act(Action::kill);
    case State::passive:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::SetAside& e) {
  switch (p_.state) {
    case State::starting: case State::running: case State::killing:
      p_.set_aside = true;
      p_.reason = e.why;
      // Whether the last start took effect is for `find` to tell, later.
      if (p_.backend_state.empty()) p_.doubt = true;
      return note(e.why);
    case State::queued:
      p_.set_aside = true;
      p_.reason = e.why;
      return note(e.why);
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::Resumed&) {
  if (!p_.set_aside) return;
  p_.set_aside = false;
  p_.reason.clear();
  note("tried again after it was set aside");
  switch (p_.state) {
    case State::queued: return act(Action::enter_queue);
    case State::starting: return act(Action::find);
    case State::running:
      watch_time();
      return act(Action::poll_soon);
    case State::killing: return act(p_.backend_state.empty() ? Action::find : Action::kill);
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

// From when the backend has it running. After a restart of the daemon, by the time that was stored.
void Transition::watch_time() {
  if (job_.timeout == Milliseconds(0) || p_.state != State::running || !p_.running_since) return;
  const Milliseconds passed = std::max(context_.now.wall - *p_.running_since, Milliseconds(0));
  if (!job_.running_since) job_.running_since = context_.now.mono - passed;
  job_.due = *job_.running_since + job_.timeout;
}

void Transition::time_out() {
  if (job_.timeout == Milliseconds(0) || !job_.running_since) return;
  if (context_.now.mono < *job_.running_since + job_.timeout) return watch_time();
  p_.timed_out = true;
  move(State::killing, "it ran longer than its timeout, " + format_duration(job_.timeout));
  act(Action::kill);
}

}  // namespace ketrew::engine
