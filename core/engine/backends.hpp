// What the engine knows of the backends: how many jobs each has, who waits for a place, which jobs
// share a poll (a lane: one backend on one host) and when that is due. Plain data.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <queue>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/engine/job.hpp"
#include "core/engine/settings.hpp"

namespace ketrew::engine {

// After a crash it is not known which of the jobs that were under way is to blame. They are asked
// about apart from all others, in halves, until the one that crashes its backend is alone.
struct Suspects {
  std::vector<JobKey> jobs;
};

struct Backend {
  std::string name;
  bool ready = false;
  std::string problem = "not loaded";  // while not ready
  Capabilities capabilities;
  Limits limits;
  std::array<std::uint32_t, state_count> counts{};  // unfinished jobs by state
  std::deque<JobKey> queue;                         // ready to be started, in order
  std::vector<JobKey> held_back;                    // were in the queue, and are paused
  std::deque<JobKey> wants;                         // to be asked (start, find, kill)
  std::deque<Suspects> quarantine;
  std::vector<LaneIndex> lanes;
  std::uint32_t starts_under_way = 0;
  std::uint32_t calls_under_way = 0;
  Mono next_start{};  // with `starts_per_second`: not before this

  std::uint32_t held() const {
    return counts[static_cast<std::size_t>(State::starting)] +
           counts[static_cast<std::size_t>(State::running)] +
           counts[static_cast<std::size_t>(State::killing)];
  }
  bool has_place() const { return !limits.running || held() < *limits.running; }
};

struct Lane {
  BackendIndex backend = 0;
  std::string host;
  std::unordered_set<JobKey> jobs;           // known to the backend: to be polled
  std::unordered_set<JobKey> urgent;         // to be looked at now
  // A round asks about all jobs, a batch at a time.
  bool round = false;                        // one is under way
  std::deque<std::vector<JobKey>> rest;      // its batches that have not been asked about
  CallId call = 0;                           // the update under way: one at a time
  Mono next_poll = Mono::max();              // the next round
  Mono not_before{};                         // nor a round that a new job brings forward
  Milliseconds interval{0};                  // between rounds; grows while nothing is started
};

struct Backends {
  std::vector<Backend> all;
  std::vector<Lane> lanes;
  std::map<std::string, BackendIndex> by_name;
  std::map<std::pair<BackendIndex, std::string>, LaneIndex> by_host;

  LaneIndex lane(BackendIndex backend, const std::string& host);
};

// When which job wants its `Due`; entries that a job has since changed its mind about are skipped.
using Timers = std::priority_queue<std::pair<Mono, JobKey>, std::vector<std::pair<Mono, JobKey>>,
                                   std::greater<>>;

}  // namespace ketrew::engine
