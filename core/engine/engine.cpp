// Backends, time, and the steps that are handed over.
#include "core/engine/engine.hpp"

namespace ketrew::engine {

LaneIndex Backends::lane(BackendIndex backend, const std::string& host) {
  const auto [at, made] = by_host.try_emplace({backend, host}, static_cast<LaneIndex>(lanes.size()));
  if (made) {
    Lane lane;
    lane.backend = backend;
    lane.host = host;
    lanes.push_back(std::move(lane));
    all[backend].lanes.push_back(at->second);
  }
  return at->second;
}

Engine::Engine(Settings settings, std::int64_t last_sequence)
    : settings_(settings), sequence_(last_sequence) {}

Job* Engine::at(JobKey key) {
  const auto found = jobs_.find(key);
  return found == jobs_.end() ? nullptr : &found->second;
}

const Job* Engine::find(JobKey key) const {
  const auto found = jobs_.find(key);
  return found == jobs_.end() ? nullptr : &found->second;
}

const Job* Engine::find(const JobId& id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : find(found->second);
}

// -- backends ------------------------------------------------------------------------------------

BackendIndex Engine::backend(const std::string& name) {
  const auto [at, made] =
      backends_.by_name.try_emplace(name, static_cast<BackendIndex>(backends_.all.size()));
  if (made) {
    Backend backend;
    backend.name = name;
    backends_.all.push_back(std::move(backend));
  }
  return at->second;
}

void Engine::set_limits(BackendIndex backend, Limits limits) {
  backends_.all[backend].limits = limits;
}

void Engine::backend_ready(BackendIndex index, Capabilities capabilities, bool renewed, Now now) {
  Backend& backend = backends_.all[index];
  backend.ready = true;
  backend.problem.clear();
  backend.capabilities = capabilities;
  for (const LaneIndex number : backend.lanes) {  // what was missed meanwhile
    Lane& lane = backends_.lanes[number];
    lane.round = false;
    lane.rest.clear();
    if (!lane.jobs.empty()) lane.next_poll = now.mono;
  }
  if (!renewed) return;
  for (auto& [key, job] : jobs_) {
    if (job.backend != index) continue;
    job.strikes = 0;
    job.asides = 0;
    if (job.progress.set_aside) resume(job, now);
  }
}

void Engine::backend_down(BackendIndex index, std::string problem) {
  backends_.all[index].ready = false;
  backends_.all[index].problem = std::move(problem);
}

// -- time ----------------------------------------------------------------------------------------

void Engine::raise_timers(Now now) {
  while (!timers_.empty() && timers_.top().first <= now.mono) {
    const auto [time, key] = timers_.top();
    timers_.pop();
    Job* job = at(key);
    if (!job || job->due != time) continue;
    if (job->progress.set_aside) {
      resume(*job, now);
    } else if (job->progress.state == State::queued) {
      job->due.reset();
      backends_.all[job->backend].queue.push_back(key);
    } else {
      apply(*job, event::Due{}, now);
    }
  }
}

void Engine::advance(Now now) {
  raise_timers(now);
  for (BackendIndex index = 0; index < backends_.all.size(); ++index)
    if (backends_.all[index].ready) dispatch(index, now);
}

std::optional<Mono> Engine::next_due(Mono now) const {
  Mono next = Mono::max();
  if (!timers_.empty()) next = timers_.top().first;
  for (const Backend& backend : backends_.all) {
    if (!backend.ready) continue;
    if (!backend.quarantine.empty()) {
      if (backend.calls_under_way == 0) next = std::min(next, now);
      continue;
    }
    if (!backend.wants.empty()) next = std::min(next, now);
    if (!backend.queue.empty() && backend.has_place() &&
        backend.starts_under_way < settings_.starts_in_flight)
      next = std::min(next, backend.limits.starts_per_second ? std::max(now, backend.next_start) : now);
    for (const LaneIndex index : backend.lanes) {
      const Lane& lane = backends_.lanes[index];
      if (lane.call != 0) continue;
      if (!lane.urgent.empty() || !lane.rest.empty()) next = std::min(next, now);
      if (!lane.jobs.empty()) next = std::min(next, lane.next_poll);
    }
  }
  if (next == Mono::max()) return std::nullopt;
  return next;
}

Step Engine::take(Now now) {
  advance(now);
  Step step;
  step.changes.reserve(dirty_.size());
  for (const JobKey key : dirty_) {
    Job& job = *at(key);
    job.dirty = false;
    const bool over = is_final(job.progress.state);
    step.changes.push_back({key, job.id, job.stored, over ? std::move(job.progress) : job.progress});
    job.stored = step.changes.back().progress.state;
    if (!over) continue;
    keys_.erase(job.id);
    jobs_.erase(key);
  }
  dirty_.clear();
  step.history = std::move(history_);
  history_.clear();
  for (auto& entry : step.history) entry.sequence = next_sequence();
  step.asks = std::move(asks_);
  asks_.clear();
  step.asks_after_commit = std::move(asks_after_commit_);
  asks_after_commit_.clear();
  step.evaluations = std::move(evaluations_);
  evaluations_.clear();
  return step;
}

}  // namespace ketrew::engine
