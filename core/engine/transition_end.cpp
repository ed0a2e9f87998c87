// The end of an attempt, and of a job.
#include "core/engine/transition.hpp"

namespace ketrew::engine {
namespace {

std::string how(const observed::Ended& o) {
  if (o.signal) return "ended by signal " + std::to_string(*o.signal);
  if (o.exit_code) return "exit code " + std::to_string(*o.exit_code);
  return "ended, and how is not known";
}

std::string in_words(const observed::Ended& o) {
  return o.message.empty() ? how(o) : o.message;
}

FailureClass failure_of(const observed::Ended& o) {
  return o.failure.value_or(o.signal ? FailureClass::signal : FailureClass::exit);
}

// As a kill ends a job. That kill's answer may have been lost: its effect tells of it. (A script reports a
// signal of its program as its shell does, by 128 and the signal.)
bool as_killed(const observed::Ended& o) {
  constexpr int kill = 9, terminate = 15;
  return o.signal == kill || o.signal == terminate || o.exit_code == 128 + kill ||
         o.exit_code == 128 + terminate || o.failure == FailureClass::cancelled_outside;
}

}  // namespace

observed::Ended Transition::refusal(const std::string& why) {
  observed::Ended ended;
  ended.failure = FailureClass::refused;
  ended.message = "refused: " + why;
  ended.evidence.words = why;
  return ended;
}

// There is proof that the attempt is over.
void Transition::end_attempt(const observed::Ended& o) {
  p_.attempt_open = false;
  p_.doubt = false;
  p_.exit_code = o.exit_code;
  p_.signal = o.signal;
  p_.evidence = o.evidence;
  p_.usage = o.usage;
  if (o.started_at) p_.started_at = o.started_at;
  p_.ended_at = o.ended_at.value_or(context_.now.wall);
  const bool killed = p_.state == State::killing && (p_.kill_sent || as_killed(o));
  const bool timed_out = p_.timed_out && killed && !p_.kill_asked;
  const std::string words =
      (timed_out ? "killed for its timeout of " + format_duration(job_.timeout) + ": " : "") +
      in_words(o);
  const bool well = o.exit_code == 0 && !o.signal && !o.failure;

  if (killed && !timed_out) {
    if (!well) p_.failure = failure_of(o);
    return finish_failed(State::killed, "as asked; " + (o.signal || o.exit_code ? how(o) : words));
  }
  if (well) {
    if (!job_.has_condition) return finish_well(State::succeeded, words);
    move(State::verifying, words + "; its condition is being evaluated", o.evidence);
    return act(Action::evaluate);
  }
  const FailureClass failure = timed_out ? FailureClass::wall_time : failure_of(o);
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

void Transition::finish(State state, const std::string& reason) {
  p_.noticed_at = context_.now.wall;
  p_.message = reason;
  p_.set_aside = false;
  p_.orphan = false;
  p_.doubt = false;
  p_.phase.clear();
  job_.call = 0;
  move(state, reason, p_.evidence);
}

void Transition::finish_well(State state, const std::string& reason) {
  finish(state, reason);
  act(Action::fire_success);
}

void Transition::finish_failed(State state, const std::string& reason) {
  finish(state, reason);
  act(Action::fire_failure);
}

}  // namespace ketrew::engine
