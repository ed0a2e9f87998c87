// A job: what was asked for (JobSpec, never changes) and how far it got (Progress, changes with
// every transition). Plain data; the automaton in core/engine is the only one that changes Progress.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/id.hpp"
#include "core/model/condition.hpp"
#include "core/model/edge.hpp"
#include "core/model/observation.hpp"
#include "core/model/program.hpp"
#include "core/model/retry_policy.hpp"
#include "core/model/state.hpp"

namespace ketrew {

enum class Equivalence : std::uint8_t { none = 0, same_condition = 1 };

struct JobSpec {
  std::string name;     // any bytes; empty: none was given
  std::string backend;  // a name from the profile
  std::string host;     // a host URI, resolved at submission
  Json options = Json::object();  // checked against the backend's schema at submission
  Program program;
  std::optional<Condition> condition;
  Equivalence equivalence = Equivalence::same_condition;
  std::vector<JobId> depends_on, on_success_activate, on_failure_activate;
  std::vector<std::string> tags;
  Json metadata = Json::object();  // the user's own, given back as it came
  RetryPolicy retries;
  // The longest an attempt may be `running`; past it, it is killed and has failed with the class
  // wall-time. Positive. In JSON seconds, or a text as "1h30m".
  std::optional<Milliseconds> timeout;
  std::optional<JobId> restart_of;

  bool operator==(const JobSpec&) const = default;
};

Json to_json(const JobSpec& spec);
// The same, as text on one line: each job is stored as this. Texts that must be UTF-8 and are not
// get U+FFFD; throws Json::exception where such a one is in `options` or `metadata`.
void append_json(std::string& out, const JobSpec& spec);
// Strict: unknown keys are refused with the nearest known one.
Result<JobSpec> job_spec_from_json(const Json& json);

struct Progress {
  State state = State::passive;
  std::uint32_t attempt = 0;  // the number of the newest attempt; 0: none yet
  // The newest attempt has not ended: its token is in use, another start goes by the same one.
  bool attempt_open = false;
  bool doubt = false;      // a start may have happened: only find(token) can tell
  bool kill_asked = false;
  bool kill_sent = false;  // the backend took the kill: whatever end comes now is that kill's
  bool set_aside = false;  // it crashed its backend time and again: not asked about any more
  bool asked_for = true;   // by the user or through an edge, at some time
  bool orphan = false;     // passive, and nothing unfinished can activate it any more
  bool timed_out = false;  // the newest attempt ran longer than the job's time-out: it is killed
  std::array<std::uint16_t, failure_class_count> failures{};  // ended attempts, by class

  std::string backend_state;  // JSON text, the backend's own; empty: none
  std::string phase;          // the backend's word for `running`
  std::string reason;         // why it waits, or why nothing is known; for people
  std::string message;        // how it ended, in words
  std::optional<int> exit_code, signal;
  std::optional<FailureClass> failure;
  Evidence evidence;  // what decided the end
  Json usage = nullptr;

  std::optional<Wall> started_at, ended_at;  // of the newest attempt, as its backend tells
  std::optional<Wall> running_since;         // the same by our clock: time-outs go by it
  std::optional<Wall> noticed_at;            // when we learned of the final state

  bool operator==(const Progress&) const = default;
};

// One row of a job's history: append-only.
struct HistoryEntry {
  std::int64_t sequence = 0;  // over all jobs, strictly growing; the id of the event
  JobKey job = 0;
  JobId id;                   // of that job; filled in for events that are told to clients
  Wall at{};
  State from = State::passive, to = State::passive;  // equal: noted, nothing changed
  std::uint32_t attempt = 0;
  std::string reason;
  Evidence evidence;

  bool operator==(const HistoryEntry&) const = default;
};
Json to_json(const HistoryEntry& entry);  // {sequence, at, from, to, attempt, reason, evidence}

struct JobRecord {
  JobKey key = 0;
  JobId id;
  JobSpec spec;
  Progress progress;
  Wall submitted_at{};
  JobKey same_as = 0;  // a pointer: the job whose progress is this one's; 0: none
  JobKey workflow = 0;  // the number of its workflow; 0: none
  std::string node;     // its name there
  // The workflow, as people know it; only read, never stored from here.
  JobId workflow_id;
  std::string workflow_name;
};
// The job as every `--json` and the HTTP API show it (contract). Values of its variables are not
// told, other than Ketrew's own ($KETREW_ENTRY).
constexpr const char* hidden_value = "(hidden)";
Json to_json(const JobRecord& record);

}  // namespace ketrew
