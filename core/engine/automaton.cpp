#include "core/engine/transition.hpp"

#include <string>

namespace ketrew::engine {

void Transition::record(State from, const std::string& reason, const Evidence& evidence) {
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

void Transition::note(const std::string& reason, const Evidence& evidence) {
  record(p_.state, reason, evidence);
}

// To another state: what was tried in the old one is over.
void Transition::move(State to, const std::string& reason, const Evidence& evidence) {
  const State from = p_.state;
  p_.state = to;
  p_.reason.clear();
  job_.due.reset();
  job_.tries = 0;
  record(from, reason, evidence);
}

void Transition::set_reason(const std::string& reason) {
  if (p_.reason == reason) return;
  p_.reason = reason;
  effects_.changed = true;
}

void Transition::set_phase(const std::string& phase) {
  if (p_.phase == phase) return;
  const bool worth_a_row = !p_.phase.empty();  // the first phase says nothing new
  p_.phase = phase;
  effects_.changed = true;
  if (worth_a_row) note("phase: " + phase);
}

Milliseconds Transition::backoff(std::uint16_t& tries) const {
  const auto& s = context_.settings;
  const int shift = std::min<int>(tries, 20);
  if (tries < 1000) ++tries;
  return std::min(s.backoff_first * (std::int64_t{1} << shift), s.backoff_limit);
}

void Transition::try_later(const std::string& why) {
  set_reason(why);
  job_.due = context_.now.mono + backoff(job_.tries);
}

void Transition::enter_queue(const std::string& reason) {
  move(State::queued, reason);
  act(Action::enter_queue);
}

void Transition::queue_later(const std::string& reason, const std::string& history,
                             const Evidence& evidence) {
  p_.doubt = false;
  move(State::queued, history, evidence);
  set_reason(reason);
  job_.due = context_.now.mono + backoff(job_.refusals);
  act(Action::enter_queue);
}

State initial_state(bool asked_for, bool has_condition, std::uint32_t blockers) {
  if (!asked_for) return State::passive;
  return has_condition || blockers > 0 ? State::active : State::queued;
}

void transition(Job& job, const Event& event, const Context& context, Effects& effects) {
  std::visit(Transition(job, context, effects), event);
}

}  // namespace ketrew::engine
