// What a backend says of a job that it has.
#include "core/engine/transition.hpp"

namespace ketrew::engine {

void Transition::operator()(const event::KillSent&) {
  switch (p_.state) {
    case State::killing:
      if (job_.kills == 0) {
        p_.kill_sent = true;
        note("the backend took the kill");
      }
      ++job_.kills;
      job_.tries = 0;
      job_.due = context_.now.mono + context_.settings.kill_again;
      return act(Action::poll_soon);
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::queued: case State::starting: case State::running: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::KillAlreadyOver& e) {
  switch (p_.state) {
    case State::killing:
      // How it ended is for the next poll to say; should that never come, the kill is sent again.
      set_reason(e.why.empty() ? "it was over before the kill" : e.why);
      job_.due = context_.now.mono + context_.settings.kill_again;
      return act(Action::poll_soon);
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::queued: case State::starting: case State::running: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::KillCannotTell& e) {
  switch (p_.state) {
    case State::killing: return try_later(e.why);
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::queued: case State::starting: case State::running: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::operator()(const event::Observed& e) {
  switch (p_.state) {
    case State::running: case State::killing:
      if (p_.backend_state.empty()) return;  // killing, and not known to have been started
      if (!e.state.empty() && e.state != p_.backend_state) {
        p_.backend_state = e.state;
        effects_.changed = true;
      }
      return std::visit([this](const auto& o) { see(o); }, e.observation);
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::queued: case State::starting: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      return;
  }
}

void Transition::heard() {
  job_.heard = context_.now.mono;
  if (!job_.gone_since) return;
  job_.gone_since.reset();
  note("seen again: it had only been out of sight");
}

void Transition::see(const observed::Waiting& o) {
  heard();
  if (p_.started_at) {  // it had only been taken, or is to run again
    p_.started_at.reset();
    effects_.changed = true;
  }
  if (p_.running_since) {
    p_.running_since.reset();
    job_.running_since.reset();
    if (p_.state == State::running) job_.due.reset();
    effects_.changed = true;
  }
  set_phase("waiting");
  set_reason(o.reason);
}

void Transition::see(const observed::Running& o) {
  heard();
  const auto started_at = o.started_at ? o.started_at : p_.started_at;
  if (!p_.started_at || started_at != p_.started_at) {
    p_.started_at = started_at.value_or(context_.now.wall);
    effects_.changed = true;
  }
  if (!p_.running_since && job_.timeout > Milliseconds(0)) {
    p_.running_since = context_.now.wall;
    effects_.changed = true;
    watch_time();
  }
  set_phase(o.phase.empty() ? "running" : o.phase);
  set_reason("");
}

void Transition::see(const observed::CannotTell& o) {
  // Not knowing is not failing: nothing changes, however long it lasts.
  set_reason(o.reason);
}

void Transition::see(const observed::Gone& o) {
  const Mono now = context_.now.mono;
  if (!job_.gone_since) {
    job_.gone_since = now;
    set_reason("out of sight");
    note("out of sight: a healthy answer without it", o.evidence);
    return;
  }
  if (now - *job_.gone_since < context_.settings.lost_after) return;
  p_.attempt_open = false;
  p_.failure = FailureClass::node;
  p_.evidence = o.evidence;
  if (p_.state == State::killing && p_.timed_out && !p_.kill_asked) {
    p_.failure = FailureClass::wall_time;
    return finish_failed(State::failed, "gone after it was killed for its timeout");
  }
  if (p_.state == State::killing) return finish_failed(State::killed, "gone after the kill");
  // Absence proves no end: it may run yet, so nothing is started in its place.
  finish_failed(State::lost, "not seen for " + format_duration(now - *job_.gone_since) +
                                 ", and no trace of its end");
}

void Transition::see(const observed::Ended& o) {
  job_.heard = context_.now.mono;
  job_.gone_since.reset();
  end_attempt(o);
}

}  // namespace ketrew::engine
