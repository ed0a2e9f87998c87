// What a backend saw of one job. Observations are not outcomes: only the engine makes those.
//
// In JSON (protocol: the result of `update`):
//   {"observation": "waiting", "reason": "Priority"}
//   {"observation": "running", "phase": "running", "started_at": "2026-11-23T02:23:52.120Z"}
//   {"observation": "ended", "exit_code": 3, "class": "exit", "evidence": {...}}     or "signal": 9
//       and, where known, "started_at", "ended_at", "message", "usage": {"max_rss_bytes": ...}
//   {"observation": "gone", "evidence": {...}}
//   {"observation": "cannot-tell", "reason": "squeue: Socket timed out", "evidence": {...}}
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/base/clock.hpp"
#include "core/base/text.hpp"
#include "core/model/failure_class.hpp"

namespace ketrew {

// The command asked, its exit code, and the words of its answer that decided. All optional.
struct Evidence {
  std::string command;
  std::optional<int> exit_code;
  std::string words;

  bool empty() const { return command.empty() && !exit_code && words.empty(); }
  bool operator==(const Evidence&) const = default;
};
Json to_json(const Evidence& evidence);
Result<Evidence> evidence_from_json(const Json& json);

namespace observed {
struct Waiting {  // the scheduler has it and has not started it
  std::string reason;
  bool operator==(const Waiting&) const = default;
};
struct Running {  // `phase` is the backend's own word: running, suspended, completing, ...
  std::string phase;
  std::optional<Wall> started_at = {};  // where the scheduler tells
  bool operator==(const Running&) const = default;
};
struct Ended {  // proof of the end, from the job's own log or the scheduler's accounting
  std::optional<int> exit_code;  // 0 to 255
  std::optional<int> signal;     // the number of the signal that ended it
  std::optional<FailureClass> failure;  // none: by code and signal (`exit` or `signal`)
  std::string message = {};             // in words, may be empty
  Evidence evidence = {};
  std::optional<Wall> started_at = {}, ended_at = {};
  Json usage = nullptr;  // an object of what it used, by the backend's names; null: not known
  bool operator==(const Ended&) const = default;
};
struct Gone {  // a healthy answer without the job in it
  Evidence evidence;
  bool operator==(const Gone&) const = default;
};
struct CannotTell {  // no answer, a broken one, an unknown word
  std::string reason;
  Evidence evidence;
  bool operator==(const CannotTell&) const = default;
};
}  // namespace observed

using Observation = std::variant<observed::Waiting, observed::Running, observed::Ended,
                                 observed::Gone, observed::CannotTell>;

Json to_json(const Observation& observation);
// Strict: an unknown word, an exit code out of range or an end without code, signal or class is an
// error (the caller makes it `CannotTell`).
Result<Observation> observation_from_json(const Json& json);

}  // namespace ketrew
