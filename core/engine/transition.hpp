// One transition under way: the automaton's inside, divided by subject into transition_*.cpp.
//
// Each event has one function, each function one `switch` over all states without a default: a new
// state does not compile until it has been thought through here.
#pragma once

#include <string>

#include "core/engine/automaton.hpp"

namespace ketrew::engine {

class Transition {
 public:
  Transition(Job& job, const Context& context, Effects& effects)
      : job_(job), p_(job.progress), context_(context), effects_(effects) {}

  // transition_asked.cpp
  void operator()(const event::Activate& e);
  void operator()(const event::Kill& e);
  void operator()(const event::Settle& e);
  void operator()(const event::Orphaned& e);
  void operator()(const event::Adopted& e);
  void operator()(const event::DependenciesSucceeded& e);
  void operator()(const event::DependencyFailed& e);
  // transition_condition.cpp
  void operator()(const event::ConditionHolds& e);
  void operator()(const event::ConditionFails& e);
  void operator()(const event::ConditionUnknown& e);
  void operator()(const event::ConditionBroken& e);
  // transition_scheduler.cpp
  void operator()(const event::Admitted& e);
  void operator()(const event::Due& e);
  void operator()(const event::Recovered& e);
  void operator()(const event::SetAside& e);
  void operator()(const event::Resumed& e);
  // transition_start.cpp
  void operator()(const event::Started& e);
  void operator()(const event::Refused& e);
  void operator()(const event::StartInDoubt& e);
  void operator()(const event::StartNotSent& e);
  void operator()(const event::Found& e);
  void operator()(const event::Absent& e);
  void operator()(const event::FindCannotTell& e);
  // transition_backend.cpp
  void operator()(const event::KillSent& e);
  void operator()(const event::KillAlreadyOver& e);
  void operator()(const event::KillCannotTell& e);
  void operator()(const event::Observed& e);

 private:
  // automaton.cpp: what all of them do.
  void act(Action action) { effects_.actions.push_back(action); }
  void record(State from, const std::string& reason, const Evidence& evidence);
  void note(const std::string& reason, const Evidence& evidence = {});
  void move(State to, const std::string& reason, const Evidence& evidence = {});
  void set_reason(const std::string& reason);
  void set_phase(const std::string& phase);
  Milliseconds backoff(std::uint16_t& tries) const;
  void try_later(const std::string& why);
  void enter_queue(const std::string& reason);
  void queue_later(const std::string& reason, const std::string& history,
                   const Evidence& evidence = {});
  // transition_condition.cpp
  void proceed();
  void after_condition(const std::string& reason);
  void wait_as_orphan();
  // transition_scheduler.cpp
  void watch_time();
  void time_out();
  // transition_start.cpp
  void begin_attempt();
  void doubt(const std::string& why);
  void adopt(const std::string& state, const std::string& reason);
  // transition_backend.cpp
  void heard();
  void see(const observed::Waiting& o);
  void see(const observed::Running& o);
  void see(const observed::CannotTell& o);
  void see(const observed::Gone& o);
  void see(const observed::Ended& o);
  // transition_end.cpp
  static observed::Ended refusal(const std::string& why);
  void end_attempt(const observed::Ended& o);
  void finish(State state, const std::string& reason);
  void finish_well(State state, const std::string& reason);
  void finish_failed(State state, const std::string& reason);

  Job& job_;
  Progress& p_;
  const Context& context_;
  Effects& effects_;
};

}  // namespace ketrew::engine
