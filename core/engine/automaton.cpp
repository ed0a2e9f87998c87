#include "core/engine/automaton.hpp"

#include <string>

namespace ketrew::engine {
namespace {

// One transition under way. Each event has one function, each function one `switch` over all states
// without a default: a new state does not compile until it has been thought through here.
class Step {
 public:
  Step(Job& job, const Context& context, Effects& effects)
      : job_(job), p_(job.progress), context_(context), effects_(effects) {}

  void operator()(const event::Activate& e) {
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

  void operator()(const event::Kill& e) {
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

  void operator()(const event::Orphaned&) {
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

  void operator()(const event::DependenciesSucceeded&) {
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

  void operator()(const event::DependencyFailed& e) {
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

  void operator()(const event::ConditionHolds& e) {
    switch (p_.state) {
      case State::evaluating:
        p_.evidence = e.evidence;
        return finish_well(State::already_done, "its condition holds already");
      case State::verifying:
        return finish_well(State::succeeded, "it ran, and its condition holds");
      case State::passive: case State::active: case State::blocked: case State::queued:
      case State::starting: case State::running: case State::killing:
      case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
      case State::condition_failed: case State::not_ensured: case State::dependency_failed:
      case State::killed: case State::kill_failed: case State::lost:
        return;
    }
  }

  void operator()(const event::ConditionFails& e) {
    switch (p_.state) {
      case State::evaluating: return after_condition("its condition does not hold yet");
      case State::verifying:
        p_.evidence = e.evidence;
        return finish_failed(State::not_ensured, "it ran, but its condition does not hold");
      case State::passive: case State::active: case State::blocked: case State::queued:
      case State::starting: case State::running: case State::killing:
      case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
      case State::condition_failed: case State::not_ensured: case State::dependency_failed:
      case State::killed: case State::kill_failed: case State::lost:
        return;
    }
  }

  void operator()(const event::ConditionUnknown& e) {
    switch (p_.state) {
      case State::evaluating: case State::verifying: return try_later(e.why);
      case State::passive: case State::active: case State::blocked: case State::queued:
      case State::starting: case State::running: case State::killing:
      case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
      case State::condition_failed: case State::not_ensured: case State::dependency_failed:
      case State::killed: case State::kill_failed: case State::lost:
        return;
    }
  }

  void operator()(const event::ConditionBroken& e) {
    switch (p_.state) {
      case State::evaluating: case State::verifying:
        return finish_failed(State::condition_failed, e.why);
      case State::passive: case State::active: case State::blocked: case State::queued:
      case State::starting: case State::running: case State::killing:
      case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
      case State::condition_failed: case State::not_ensured: case State::dependency_failed:
      case State::killed: case State::kill_failed: case State::lost:
        return;
    }
  }

  void operator()(const event::Admitted&) {
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

  void operator()(const event::Due&) {
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
      // A queued job's time is the scheduler's business: it comes as `Admitted`.
      case State::queued:
      case State::passive: case State::active: case State::blocked: case State::running:
      case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
      case State::condition_failed: case State::not_ensured: case State::dependency_failed:
      case State::killed: case State::kill_failed: case State::lost:
        return;
    }
  }

  void operator()(const event::Recovered&) {
    switch (p_.state) {
      case State::active: return proceed();
      case State::evaluating: case State::verifying: return act(Action::evaluate);
      case State::queued: return act(Action::enter_queue);
      case State::starting: return doubt("the daemon stopped while it was being started");
      case State::running: return act(Action::poll_soon);
      case State::killing:
        if (p_.backend_state.empty())
          return doubt("the daemon stopped while it was being started");
        return act(Action::kill);
      case State::passive: case State::blocked:
      case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
      case State::condition_failed: case State::not_ensured: case State::dependency_failed:
      case State::killed: case State::kill_failed: case State::lost:
        return;
    }
  }

  void operator()(const event::SetAside& e) {
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

  void operator()(const event::Resumed&) {
    if (!p_.set_aside) return;
    p_.set_aside = false;
    p_.reason.clear();
    note("tried again after it was set aside");
    switch (p_.state) {
      case State::queued: return act(Action::enter_queue);
      case State::starting: return act(Action::find);
      case State::running: return act(Action::poll_soon);
      case State::killing: return act(p_.backend_state.empty() ? Action::find : Action::kill);
      case State::passive: case State::active: case State::evaluating: case State::blocked:
      case State::verifying:
      case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
      case State::condition_failed: case State::not_ensured: case State::dependency_failed:
      case State::killed: case State::kill_failed: case State::lost:
        return;
    }
  }

  void operator()(const event::Started& e) {
    // As good a guess as there is until the backend says better.
    if (p_.state == State::starting) p_.started_at = context_.now.wall;
    adopt(e.state, "the backend has it");
  }
  void operator()(const event::Found& e) { adopt(e.state, "found: it had been started"); }

  void operator()(const event::Refused& e) {
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

  void operator()(const event::StartInDoubt& e) {
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

  void operator()(const event::StartNotSent& e) {
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

  void operator()(const event::Absent& e) {
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

  void operator()(const event::FindCannotTell& e) {
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

  void operator()(const event::KillSent&) {
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

  void operator()(const event::KillAlreadyOver& e) {
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

  void operator()(const event::KillCannotTell& e) {
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

  void operator()(const event::Observed& e) {
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

 private:
  void act(Action action) { effects_.actions.push_back(action); }

  void record(State from, const std::string& reason, const Evidence& evidence) {
    HistoryEntry entry;
    entry.job = job_.key;
    entry.at = context_.now.wall;
    entry.from = from;
    entry.to = p_.state;
    entry.attempt = p_.attempt;
    entry.reason = reason;
    entry.evidence = evidence;
    effects_.history.push_back(std::move(entry));
    effects_.changed = true;
  }
  void note(const std::string& reason, const Evidence& evidence = {}) {
    record(p_.state, reason, evidence);
  }
  // To another state: what was tried in the old one is over.
  void move(State to, const std::string& reason, const Evidence& evidence = {}) {
    const State from = p_.state;
    p_.state = to;
    p_.reason.clear();
    job_.due.reset();
    job_.tries = 0;
    record(from, reason, evidence);
  }

  void set_reason(const std::string& reason) {
    if (p_.reason == reason) return;
    p_.reason = reason;
    effects_.changed = true;
  }
  void set_phase(const std::string& phase) {
    if (p_.phase == phase) return;
    const bool worth_a_row = !p_.phase.empty();  // the first phase says nothing new
    p_.phase = phase;
    effects_.changed = true;
    if (worth_a_row) note("phase: " + phase);
  }

  Milliseconds backoff(std::uint16_t& tries) const {
    const auto& s = context_.settings;
    const int shift = std::min<int>(tries, 20);
    if (tries < 1000) ++tries;
    return std::min(s.backoff_first * (std::int64_t{1} << shift), s.backoff_limit);
  }
  void try_later(const std::string& why) {
    set_reason(why);
    job_.due = context_.now.mono + backoff(job_.tries);
  }

  // From `active` to what comes first.
  void proceed() {
    if (job_.has_condition) {
      move(State::evaluating, "its condition is being evaluated");
      return act(Action::evaluate);
    }
    after_condition("ready");
  }
  void after_condition(const std::string& reason) {
    if (job_.blockers == 0) return enter_queue(reason);
    move(State::blocked, reason);
    act(Action::activate_dependencies);
  }
  void enter_queue(const std::string& reason) {
    move(State::queued, reason);
    act(Action::enter_queue);
  }
  void queue_later(const std::string& reason, const std::string& history,
                   const Evidence& evidence = {}) {
    p_.doubt = false;
    move(State::queued, history, evidence);
    set_reason(reason);
    job_.due = context_.now.mono + backoff(job_.refusals);
    act(Action::enter_queue);
  }

  void begin_attempt() {
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
    job_.gone_since.reset();
  }

  void doubt(const std::string& why) {
    job_.absent_since.reset();
    if (!p_.doubt) {
      p_.doubt = true;
      note("in doubt: " + why);
    }
    set_reason(why);
    job_.due.reset();
    act(Action::find);
  }

  void adopt(const std::string& state, const std::string& reason) {
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

  void heard() {
    job_.heard = context_.now.mono;
    if (!job_.gone_since) return;
    job_.gone_since.reset();
    note("seen again: it had only been out of sight");
  }

  void see(const observed::Waiting& o) {
    heard();
    if (p_.started_at) {  // it had only been taken, or is to run again
      p_.started_at.reset();
      effects_.changed = true;
    }
    set_phase("waiting");
    set_reason(o.reason);
  }
  void see(const observed::Running& o) {
    heard();
    const auto started_at = o.started_at ? o.started_at : p_.started_at;
    if (!p_.started_at || started_at != p_.started_at) {
      p_.started_at = started_at.value_or(context_.now.wall);
      effects_.changed = true;
    }
    set_phase(o.phase.empty() ? "running" : o.phase);
    set_reason("");
  }
  void see(const observed::CannotTell& o) {
    // Not knowing is not failing: nothing changes, however long it lasts.
    set_reason(o.reason);
  }
  void see(const observed::Gone& o) {
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
    if (p_.state == State::killing)
      return finish_failed(State::killed, "gone after the kill");
    // Absence proves no end: it may run yet, so nothing is started in its place.
    finish_failed(State::lost, "not seen for " + format_duration(now - *job_.gone_since) +
                                   ", and no trace of its end");
  }
  void see(const observed::Ended& o) {
    job_.heard = context_.now.mono;
    job_.gone_since.reset();
    end_attempt(o);
  }

  static observed::Ended refusal(const std::string& why) {
    observed::Ended ended;
    ended.failure = FailureClass::refused;
    ended.message = "refused: " + why;
    ended.evidence.words = why;
    return ended;
  }

  static std::string in_words(const observed::Ended& o) {
    return o.message.empty() ? how(o) : o.message;
  }
  static std::string how(const observed::Ended& o) {
    if (o.signal) return "ended by signal " + std::to_string(*o.signal);
    if (o.exit_code) return "exit code " + std::to_string(*o.exit_code);
    return "ended, and how is not known";
  }

  // There is proof that the attempt is over.
  void end_attempt(const observed::Ended& o) {
    p_.attempt_open = false;
    p_.doubt = false;
    p_.exit_code = o.exit_code;
    p_.signal = o.signal;
    p_.evidence = o.evidence;
    p_.usage = o.usage;
    if (o.started_at) p_.started_at = o.started_at;
    p_.ended_at = o.ended_at.value_or(context_.now.wall);
    const std::string words = in_words(o);
    const bool well = o.exit_code == 0 && !o.signal && !o.failure;

    if (p_.state == State::killing && p_.kill_sent) {
      if (!well) p_.failure = failure_of(o);
      return finish_failed(State::killed, "as asked; " + (o.signal || o.exit_code ? how(o) : words));
    }
    if (well) {
      if (!job_.has_condition) return finish_well(State::succeeded, words);
      move(State::verifying, words + "; its condition is being evaluated", o.evidence);
      return act(Action::evaluate);
    }
    const FailureClass failure = failure_of(o);
    p_.failure = failure;
    auto& count = p_.failures[static_cast<std::size_t>(failure)];
    if (count < 0xffff) ++count;
    if (!p_.kill_asked && count <= job_.retries.of(failure) &&
        p_.attempt < context_.settings.max_attempts) {
      job_.refusals = static_cast<std::uint16_t>(count - 1);  // the backoff grows with the failures
      p_.message = words;
      return queue_later("attempt " + std::to_string(p_.attempt) + " failed: " + words,
                         "failed (" + std::string(to_string(failure)) + "): " + words +
                             "; tried again", o.evidence);
    }
    const State end = failure == FailureClass::refused ? State::start_failed
                      // It is over, and nothing tells how: the machine took that with it.
                      : failure == FailureClass::node && !o.exit_code && !o.signal ? State::lost
                                                                                   : State::failed;
    finish_failed(end, words);
  }

  static FailureClass failure_of(const observed::Ended& o) {
    return o.failure.value_or(o.signal ? FailureClass::signal : FailureClass::exit);
  }

  void finish(State state, const std::string& reason) {
    p_.noticed_at = context_.now.wall;
    p_.message = reason;
    p_.set_aside = false;
    p_.doubt = false;
    p_.phase.clear();
    job_.call = 0;
    move(state, reason, p_.evidence);
  }
  void finish_well(State state, const std::string& reason) {
    finish(state, reason);
    act(Action::fire_success);
  }
  void finish_failed(State state, const std::string& reason) {
    finish(state, reason);
    act(Action::fire_failure);
  }

  Job& job_;
  Progress& p_;
  const Context& context_;
  Effects& effects_;
};

}  // namespace

State initial_state(bool asked_for, bool has_condition, std::uint32_t blockers) {
  if (!asked_for) return State::passive;
  return has_condition || blockers > 0 ? State::active : State::queued;
}

void transition(Job& job, const Event& event, const Context& context, Effects& effects) {
  std::visit(Step(job, context, effects), event);
}

}  // namespace ketrew::engine
