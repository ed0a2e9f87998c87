// The automaton: what each event does to a job in each state. Pure: no I/O, no clock of its own, the
// same answer to the same question. TRANSITIONS.md beside this file is generated from it.
#pragma once

#include <vector>

#include "core/engine/event.hpp"
#include "core/engine/job.hpp"
#include "core/engine/settings.hpp"

namespace ketrew::engine {

// What the automaton wants done. The engine does it, or asks a backend, and feeds the answer back.
enum class Action : std::uint8_t {
  start,              // ask the backend; only after this transition is on disk
  find,
  kill,
  poll_soon,          // do not wait for the next regular poll
  evaluate,           // the condition, before or after: the state tells
  activate_dependencies,
  enter_queue,        // admit it when there is a place, not before `due`
  fire_success,       // activate what comes after a success
  fire_failure,
};

struct Effects {
  std::vector<Action> actions;
  std::vector<HistoryEntry> history;  // `sequence` is given by the engine
  bool changed = false;               // something that is stored is different now
};

struct Context {
  const Settings& settings;
  Milliseconds visibility_lag;  // of the job's backend
  Now now;
};

// The state in which a job is submitted. `asked_for`: by the user, now.
State initial_state(bool asked_for, bool has_condition, std::uint32_t blockers);

// Changes `job` and says what to do. An event that means nothing in this state changes nothing.
void transition(Job& job, const Event& event, const Context& context, Effects& effects);

}  // namespace ketrew::engine
