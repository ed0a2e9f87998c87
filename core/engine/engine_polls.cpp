// When which jobs are looked at.
#include "core/engine/engine.hpp"

namespace ketrew::engine {
namespace {

// A little apart from each other, the same for the same call: polls of many hosts do not march in step.
Milliseconds jitter(CallId call, Milliseconds interval) {
  return Milliseconds(static_cast<std::int64_t>(call * 2654435761u % 1024u) * interval.count() / 10240);
}

}  // namespace

bool Engine::may_be_polled(JobKey key) {
  const Job* job = at(key);
  return job && is_known_to_backend(*job) && !job->suspect && !job->progress.set_aside;
}

// A round before urgent jobs: it asks about them too, and where ends come without a pause it would
// never have its turn.
void Engine::poll(Lane& lane, Now now) {
  if (lane.call != 0) return;
  if (!lane.round && lane.next_poll <= now.mono && !lane.jobs.empty()) begin_round(lane);
  std::vector<JobKey> keys;
  while (keys.empty() && !lane.rest.empty()) {
    for (const JobKey key : lane.rest.front())
      if (may_be_polled(key)) keys.push_back(key);
    lane.rest.pop_front();
  }
  if (lane.round && keys.empty()) end_round(lane, now);  // nobody is left in it
  const std::size_t batch = std::max<std::size_t>(1, backends_.all[lane.backend].capabilities.batch);
  while (!lane.round && !lane.urgent.empty() && keys.size() < batch) {
    const JobKey key = *lane.urgent.begin();
    lane.urgent.erase(lane.urgent.begin());
    if (may_be_polled(key)) keys.push_back(key);
  }
  if (!keys.empty()) issue(Method::update, std::move(keys), false, now);
}

void Engine::begin_round(Lane& lane) {
  lane.round = true;
  lane.next_poll = Mono::max();
  lane.urgent.clear();
  std::vector<JobKey> keys(lane.jobs.begin(), lane.jobs.end());
  std::sort(keys.begin(), keys.end());
  const auto batch = static_cast<std::ptrdiff_t>(
      std::max<std::size_t>(1, backends_.all[lane.backend].capabilities.batch));
  for (auto from = keys.begin(); from != keys.end();) {
    const auto to = from + std::min(batch, keys.end() - from);
    lane.rest.emplace_back(from, to);
    from = to;
  }
}

void Engine::end_round(Lane& lane, Now now) {
  lane.round = false;
  const bool events = backends_.all[lane.backend].capabilities.events;
  const Milliseconds longest = events ? settings_.event_poll_interval : settings_.poll_interval;
  lane.interval = std::min(std::max(lane.interval, settings_.first_poll) * 2, longest);
  if (lane.jobs.empty()) return;  // the next job brings the next round
  lane.next_poll = std::max(now.mono + (events ? longest : lane.interval), lane.not_before) +
                   jitter(last_call_, lane.interval);
}

void Engine::poll_soon(Job& job, Now now) {
  Lane& lane = backends_.lanes[job.lane];
  const Progress& p = job.progress;
  const bool events = backends_.all[job.backend].capabilities.events;
  // Not announced are an end that was there before we asked, and when it begins to run: from then on its
  // timeout counts.
  const bool may_be_over = p.state == State::killing && !p.kill_sent;
  const bool is_timed = p.state == State::running && job.timeout > Milliseconds(0) && !p.running_since;
  if (job.changed_early || (events && (may_be_over || is_timed))) lane.urgent.insert(job.key);
  job.changed_early = false;
  if (events) return;  // what comes will be
  lane.interval = settings_.first_poll;
  lane.next_poll = std::min(lane.next_poll, std::max(now.mono + lane.interval, lane.not_before));
}

}  // namespace ketrew::engine
