// All that can happen to a job. The automaton has an answer to each of them in every state.
#pragma once

#include <string>
#include <variant>

#include "core/model/job.hpp"

namespace ketrew::engine::event {

// From the user and the graph.
struct Activate { std::string by; };       // asked for, by the user or a dependent
struct Kill { std::string by; };
struct Settle { bool well = false, forget = false; std::string why; };  // the user says how it ended
struct Orphaned {};                        // nothing unfinished can activate it any more
struct Adopted {};                         // something can again
struct DependenciesSucceeded {};
struct DependencyFailed { std::string which; };

// From the evaluation of its condition.
struct ConditionHolds { Evidence evidence; };
struct ConditionFails { Evidence evidence; };
struct ConditionUnknown { std::string why; };  // the host does not answer: not "false"
struct ConditionBroken { std::string why; };   // it can never be evaluated

// From the scheduler.
struct Admitted {};   // a place is free: start it
struct Due {};        // the time that the job set itself has come
struct Recovered {};  // the daemon came up again and found the job like this
struct SetAside { std::string why; };  // it crashes its backend
struct Resumed {};                     // a job that was set aside is tried again

// From the backend.
struct Started { std::string state; };
struct Refused { bool for_ever = false; std::string why; };
struct StartInDoubt { std::string why; };
struct StartNotSent { std::string why; };  // the request certainly did not reach the backend
struct Found { std::string state; };
struct Absent { Evidence evidence; };
struct FindCannotTell { std::string why; };
struct KillSent {};
struct KillAlreadyOver { std::string why; };
struct KillCannotTell { std::string why; };
struct Observed { Observation observation; std::string state; };  // `state` empty: unchanged

}  // namespace ketrew::engine::event

namespace ketrew::engine {

using Event = std::variant<
    event::Activate, event::Kill, event::Settle, event::Orphaned, event::Adopted,
    event::DependenciesSucceeded, event::DependencyFailed, event::ConditionHolds, event::ConditionFails, event::ConditionUnknown,
    event::ConditionBroken, event::Admitted, event::Due, event::Recovered, event::SetAside,
    event::Resumed, event::Started, event::Refused, event::StartInDoubt, event::StartNotSent,
    event::Found, event::Absent, event::FindCannotTell, event::KillSent, event::KillAlreadyOver,
    event::KillCannotTell, event::Observed>;

}  // namespace ketrew::engine
