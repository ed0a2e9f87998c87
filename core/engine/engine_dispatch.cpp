// Which backend is asked what next.
#include "core/engine/engine.hpp"

namespace ketrew::engine {

void Engine::dispatch(BackendIndex index, Now now) {
  Backend& backend = backends_.all[index];
  if (!backend.quarantine.empty()) {
    dispatch_quarantine(index, now);
    return;
  }
  admit(backend, now);
  std::map<LaneIndex, std::vector<JobKey>> kills;
  while (!backend.wants.empty()) {
    Job* job = at(backend.wants.front());
    backend.wants.pop_front();
    if (!job || job->want == Job::Want::none || job->progress.set_aside) continue;
    if (job->suspect) backend.quarantine.push_back({{job->key}});
    else if (job->want == Job::Want::kill) kills[job->lane].push_back(job->key);
    else ask_single(*job, false, now);
  }
  for (auto& [lane, keys] : kills) issue(Method::kill, std::move(keys), false, now);
  for (const LaneIndex lane : backend.lanes) poll(backends_.lanes[lane], now);
  if (!backend.quarantine.empty()) dispatch_quarantine(index, now);
}

void Engine::admit(Backend& backend, Now now) {
  while (!backend.queue.empty() && backend.has_place() &&
         backend.starts_under_way + backend.wants.size() < settings_.starts_in_flight) {
    if (backend.limits.starts_per_second && now.mono < backend.next_start) return;
    Job* job = at(backend.queue.front());
    backend.queue.pop_front();
    if (!job || job->progress.state != State::queued || job->progress.set_aside || job->due) continue;
    if (!pauses_.empty() && paused_by(*job)) {
      backend.held_back.push_back(job->key);
      continue;
    }
    if (backend.limits.starts_per_second)
      backend.next_start =
          std::max(backend.next_start, now.mono - Milliseconds(1000)) +
          Milliseconds(static_cast<std::int64_t>(1000.0 / *backend.limits.starts_per_second));
    apply(*job, event::Admitted{}, now);
  }
}

std::optional<Pause> Engine::paused_by(const Job& job) const {
  for (const Pause& each : {Pause{PauseKind::job, job.key, {}}, Pause{PauseKind::workflow, job.workflow, {}},
                            Pause{PauseKind::host, 0, backends_.lanes[job.lane].host},
                            Pause{PauseKind::backend, 0, backends_.all[job.backend].name}})
    if (pauses_.contains(each)) return each;
  return {};
}

// All that was held back is looked at again: who else may hold it is not kept.
void Engine::resume(const Pause& what) {
  if (pauses_.erase(what) == 0) return;
  for (Backend& backend : backends_.all) {
    backend.queue.insert(backend.queue.begin(), backend.held_back.begin(), backend.held_back.end());
    backend.held_back.clear();
  }
}

void Engine::ask_single(Job& job, bool exclusive, Now now) {
  const Method method = job.want == Job::Want::start  ? Method::start
                        : job.want == Job::Want::find ? Method::find
                                                      : Method::kill;
  issue(method, {job.key}, exclusive, now);
}

void Engine::issue(Method method, std::vector<JobKey> jobs, bool exclusive, Now now) {
  Call call;
  call.exclusive = exclusive;
  call.asked = now.mono;
  call.ask.call = ++last_call_;
  call.ask.method = method;
  const Job& first = *at(jobs.front());
  call.ask.backend = first.backend;
  call.ask.lane = first.lane;
  Backend& backend = backends_.all[first.backend];
  ++backend.calls_under_way;
  if (method == Method::start) ++backend.starts_under_way;
  if (method == Method::update && backends_.lanes[first.lane].call == 0)
    backends_.lanes[first.lane].call = call.ask.call;
  if (method != Method::update) {
    for (const JobKey key : jobs) {
      Job& job = *at(key);
      job.call = call.ask.call;
      job.want = Job::Want::none;
    }
  }
  call.ask.jobs = std::move(jobs);
  // A start must not be sent before its intent is on disk.
  (method == Method::start ? asks_after_commit_ : asks_).push_back(call.ask);
  calls_.emplace(call.ask.call, std::move(call));
}

}  // namespace ketrew::engine
