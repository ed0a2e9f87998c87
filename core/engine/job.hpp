// A job as the engine holds it: its progress, which is stored, and what is only in memory.
#pragma once

#include <cstdint>
#include <optional>

#include "core/model/equivalence.hpp"
#include "core/model/job.hpp"

namespace ketrew::engine {

using BackendIndex = std::uint32_t;
using LaneIndex = std::uint32_t;  // one backend on one host: what shares a poll
using CallId = std::uint64_t;     // 0: none

struct Job {
  JobKey key = 0;
  JobId id;
  BackendIndex backend = 0;
  LaneIndex lane = 0;
  JobKey workflow = 0;         // 0: none
  RetryPolicy retries;
  bool has_condition = false;
  Milliseconds timeout{0};     // of an attempt, once it runs; 0: none
  ConditionDigest equivalence; // zero: it is equivalent to no other
  bool linked = false;         // the graph knows it
  std::uint32_t blockers = 0;  // dependencies that have not succeeded yet

  Progress progress;

  // Only in memory. After a crash of the daemon these begin anew, each on its safe side.
  CallId call = 0;                  // the start, find, kill or evaluation that is under way
  CallId observed = 0;              // the last update that told something of it
  std::optional<Mono> due;          // when `Due` is to be raised
  std::optional<Mono> absent_since; // the first `absent` of this doubt
  std::optional<Mono> gone_since;   // the first `gone` of this disappearance
  std::optional<Mono> orphan_since;
  std::optional<Mono> running_since;// of the attempt: for its time-out
  std::uint16_t tries = 0;          // of what is being tried in this state: for the backoff
  std::uint16_t refusals = 0;       // starts refused for now, or attempts failed: for the backoff
  std::uint16_t kills = 0;          // kills that the backend took
  std::uint16_t strikes = 0;        // crashes of the backend while it was asked of this job alone
  std::uint16_t asides = 0;         // times that it was set aside: for the backoff
  Mono heard{};                     // the last answer that told something

  // The engine's own bookkeeping; the automaton does not look at it.
  enum class Want : std::uint8_t { none, start, find, kill };
  Want want = Want::none;  // to be asked as soon as the backend can be asked
  State stored{};          // the state that was handed out to be stored last
  bool dirty = false;      // something changed since then
  bool suspect = false;    // under way when its backend crashed: to be asked about alone
  bool changed_early = false;  // announced as changed before its start was answered
};

// The backend has it, so that it can be asked about by its state.
inline bool is_known_to_backend(const Job& job) {
  return !job.progress.backend_state.empty() && is_held_by_backend(job.progress.state);
}

}  // namespace ketrew::engine
