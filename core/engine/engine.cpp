#include "core/engine/engine.hpp"

namespace ketrew::engine {
namespace {

std::size_t index_of(State state) { return static_cast<std::size_t>(state); }

// A little apart from each other, the same for the same call: polls of many hosts do not march in step.
Milliseconds jitter(CallId call, Milliseconds interval) {
  return Milliseconds(static_cast<std::int64_t>(call * 2654435761u % 1024u) * interval.count() / 10240);
}

}  // namespace

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
  for (const LaneIndex lane : backend.lanes)  // what was missed meanwhile
    if (!backends_.lanes[lane].jobs.empty()) backends_.lanes[lane].next_poll = now.mono;
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

// -- jobs ----------------------------------------------------------------------------------------

void Engine::add(Restored restored, Now now) {
  if (is_final(restored.progress.state) || jobs_.contains(restored.key)) return;
  Job job;
  job.key = restored.key;
  job.id = restored.id;
  job.backend = backend(restored.backend);
  job.lane = backends_.lane(job.backend, restored.host);
  job.retries = restored.retries;
  job.has_condition = restored.has_condition;
  job.progress = std::move(restored.progress);
  job.stored = job.progress.state;
  job.heard = now.mono;
  keys_[job.id] = job.key;
  Job& added = jobs_.emplace(restored.key, std::move(job)).first->second;
  ++backends_.all[added.backend].counts[index_of(added.progress.state)];
  if (is_known_to_backend(added)) {
    Lane& lane = backends_.lanes[added.lane];
    lane.jobs.insert(added.key);
    lane.next_poll = std::min(lane.next_poll, now.mono);
  }
  if (added.progress.set_aside) {
    resume(added, now);  // a new daemon gives it another chance
  } else {
    apply(added, event::Recovered{}, now);
  }
}

void Engine::kill(JobKey key, const std::string& by, Now now) {
  Job* job = at(key);
  if (!job) return;
  if (job->progress.set_aside) resume(*job, now);
  apply(*job, event::Kill{by}, now);
}

// A job that was set aside is asked about again, alone.
void Engine::resume(Job& job, Now now) {
  job.suspect = true;
  job.due.reset();
  apply(job, event::Resumed{}, now);
  keep_suspect(job);
}

// Every suspect is in the quarantine, under way, or set aside: else nobody would ask about it.
void Engine::keep_suspect(const Job& job) {
  if (job.suspect && is_known_to_backend(job))
    backends_.all[job.backend].quarantine.push_back({{job.key}});
}

// Applies an event and keeps all that is counted and listed in step with the job.
void Engine::apply(Job& job, const Event& event, Now now) {
  Effects effects;
  const State before = job.progress.state;
  const bool known_before = is_known_to_backend(job);
  const auto due_before = job.due;
  const Context context{settings_, backends_.all[job.backend].capabilities.visibility_lag, now};
  transition(job, event, context, effects);

  const State after = job.progress.state;
  if (before != after) {
    auto& counts = backends_.all[job.backend].counts;
    --counts[index_of(before)];
    if (!is_final(after)) ++counts[index_of(after)];
  }
  const bool known = is_known_to_backend(job);
  if (known != known_before) {
    Lane& lane = backends_.lanes[job.lane];
    if (known) {
      lane.jobs.insert(job.key);
      if (lane.next_poll == Mono::max()) {
        lane.interval = settings_.first_poll;
        lane.next_poll = now.mono + (backends_.all[job.backend].capabilities.events
                                         ? settings_.event_poll_interval
                                         : settings_.first_poll);
      }
    } else {
      lane.jobs.erase(job.key);
      lane.urgent.erase(job.key);
      if (lane.jobs.empty()) lane.next_poll = Mono::max();
    }
  }
  if (job.due && job.due != due_before) timers_.emplace(*job.due, job.key);
  if (effects.changed && !job.dirty) {
    job.dirty = true;
    dirty_.push_back(job.key);
  }
  for (auto& entry : effects.history) history_.push_back(std::move(entry));
  do_actions(job, effects.actions, now);
}

void Engine::do_actions(Job& job, const std::vector<Action>& actions, Now now) {
  for (const Action action : actions) {
    switch (action) {
      case Action::start:
      case Action::find:
      case Action::kill:
        job.call = 0;  // whatever was under way about it has been overtaken
        if (job.want == Job::Want::none) backends_.all[job.backend].wants.push_back(job.key);
        job.want = action == Action::start  ? Job::Want::start
                   : action == Action::find ? Job::Want::find
                                            : Job::Want::kill;
        break;
      case Action::poll_soon: poll_soon(job, now); break;
      case Action::enter_queue:
        if (!job.due) backends_.all[job.backend].queue.push_back(job.key);
        break;
      case Action::evaluate:
      case Action::activate_dependencies:
      case Action::fire_success:
      case Action::fire_failure: break;  // edges and conditions: nobody can ask for them yet
    }
  }
}

void Engine::poll_soon(Job& job, Now now) {
  Lane& lane = backends_.lanes[job.lane];
  const Progress& p = job.progress;
  if (backends_.all[job.backend].capabilities.events) {
    // What comes will be announced; but an end that was there before we asked will not be.
    if (job.changed_early || (p.state == State::killing && !p.kill_sent)) lane.urgent.insert(job.key);
    job.changed_early = false;
    return;
  }
  lane.interval = settings_.first_poll;
  lane.next_poll = std::min(lane.next_poll, now.mono + lane.interval);
}

// -- answers -------------------------------------------------------------------------------------

// The backend survived being asked about it.
void Engine::acquit(Job& job) {
  job.suspect = false;
  job.strikes = 0;
}

void Engine::answered(CallId id, JobKey key, const Event& event, Now now) {
  Job* job = at(key);
  const auto found = calls_.find(id);
  if (!job || found == calls_.end()) return;
  Call& call = found->second;
  call.answered.insert(key);
  if (call.ask.method != Method::update) {
    if (job->call != id) return;
    job->call = 0;
  }
  // A find that is answered acquits nobody of a start that crashed.
  if (call.ask.method != Method::find) acquit(*job);
  apply(*job, event, now);
  keep_suspect(*job);
}

void Engine::completed(CallId id, Now now) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  const Call call = close(found, now);
  unanswered(call, CallFailure::refused, "the backend's answer left it out", now);
}

void Engine::failed(CallId id, CallFailure failure, const std::string& why, Now now) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  const Call call = close(found, now);
  if (failure == CallFailure::crashed) blame(call, why, now);
  if (failure == CallFailure::not_sent && call.exclusive)
    backends_.all[call.ask.backend].quarantine.push_back({call.ask.jobs});
  unanswered(call, failure, why, now);
}

// What it means for each job of a call that is over that nothing was said of it.
void Engine::unanswered(const Call& call, CallFailure failure, const std::string& why, Now now) {
  if (call.answered.size() == call.ask.jobs.size()) return;
  for (const JobKey key : call.ask.jobs) {
    Job* job = call.answered.contains(key) ? nullptr : at(key);
    if (!job) continue;
    if (failure == CallFailure::refused && call.ask.method != Method::find) acquit(*job);
    if (call.ask.method != Method::update) {
      if (job->call != call.ask.call) continue;
      job->call = 0;
    }
    if (job->progress.set_aside) continue;
    switch (call.ask.method) {
      case Method::start:
        if (failure == CallFailure::not_sent) apply(*job, event::StartNotSent{why}, now);
        else apply(*job, event::StartInDoubt{why}, now);
        break;
      case Method::find: apply(*job, event::FindCannotTell{why}, now); break;
      case Method::kill: apply(*job, event::KillCannotTell{why}, now); break;
      case Method::update:
        apply(*job, event::Observed{observed::CannotTell{why, {}}, {}}, now);
        break;
    }
  }
}

// The backend crashed with this call under way: somebody in it may be to blame.
void Engine::blame(const Call& call, const std::string& why, Now now) {
  Backend& backend = backends_.all[call.ask.backend];
  std::vector<JobKey> jobs;
  for (const JobKey key : call.ask.jobs) {
    Job* job = at(key);
    if (!job) continue;
    job->suspect = true;
    jobs.push_back(key);
  }
  if (jobs.empty()) return;
  if (jobs.size() == 1) {
    Job& job = *at(jobs[0]);
    if (call.exclusive && ++job.strikes >= settings_.max_strikes) {
      const int shift = std::min<int>(job.asides++, 16);
      apply(job,
            event::SetAside{"set aside: the backend crashed " + std::to_string(job.strikes) +
                            " times over this job alone (" + why + ")"},
            now);
      job.strikes = static_cast<std::uint16_t>(settings_.max_strikes - 1);
      job.want = Job::Want::none;
      job.due = now.mono + std::min(settings_.set_aside_first * (std::int64_t{1} << shift),
                                    settings_.set_aside_limit);
      timers_.emplace(*job.due, job.key);
      return;
    }
    backend.quarantine.push_back({std::move(jobs)});
    return;
  }
  const auto middle = jobs.begin() + static_cast<std::ptrdiff_t>(jobs.size() / 2);
  backend.quarantine.push_back({{jobs.begin(), middle}});
  backend.quarantine.push_back({{middle, jobs.end()}});
}

Engine::Call Engine::close(Calls::iterator found, Now now) {
  const CallId id = found->first;
  Call call = std::move(found->second);
  calls_.erase(found);
  Backend& backend = backends_.all[call.ask.backend];
  --backend.calls_under_way;
  if (call.ask.method == Method::start) --backend.starts_under_way;
  if (call.ask.method == Method::update) {
    Lane& lane = backends_.lanes[call.ask.lane];
    if (lane.call == id) {
      lane.call = 0;
      const Milliseconds took = now.mono - call.asked;
      const Milliseconds longest = backend.capabilities.events ? settings_.event_poll_interval
                                                               : settings_.poll_interval;
      lane.interval = std::max(std::min(std::max(lane.interval, settings_.first_poll) * 2, longest),
                               took * 10);  // a slow scheduler is asked less often
      if (lane.rest.empty() && !lane.jobs.empty())
        lane.next_poll = now.mono + (backend.capabilities.events ? longest : lane.interval) +
                         jitter(id, lane.interval);
    }
  }
  return call;
}

void Engine::changed(BackendIndex index, const std::vector<std::string>& tokens, Now now) {
  (void)now;
  for (const auto& token : tokens) {
    const auto id = token.size() > JobId::text_size
                        ? JobId::parse(std::string_view(token).substr(0, JobId::text_size))
                        : std::nullopt;
    if (!id) continue;
    const auto found = keys_.find(*id);
    Job* job = found == keys_.end() ? nullptr : at(found->second);
    if (!job || job->backend != index || token != attempt_token(job->id, job->progress.attempt))
      continue;
    if (is_known_to_backend(*job)) backends_.lanes[job->lane].urgent.insert(job->key);
    else job->changed_early = true;
  }
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

// One call at a time, about suspects only: a crash now has few to blame.
void Engine::dispatch_quarantine(BackendIndex index, Now now) {
  Backend& backend = backends_.all[index];
  while (backend.calls_under_way == 0 && !backend.quarantine.empty()) {
    const Suspects suspects = std::move(backend.quarantine.front());
    backend.quarantine.pop_front();
    std::vector<JobKey> to_poll, to_ask;
    for (const JobKey key : suspects.jobs) {
      Job* job = at(key);
      if (!job || job->progress.set_aside || !job->suspect) continue;
      if (job->want != Job::Want::none) to_ask.push_back(key);
      else if (is_known_to_backend(*job)) to_poll.push_back(key);
    }
    if (to_ask.size() + to_poll.size() == 0) continue;
    if (!to_poll.empty()) {
      for (const JobKey key : to_ask) backend.quarantine.push_back({{key}});
      issue(Method::update, std::move(to_poll), true, now);
    } else {
      for (std::size_t i = 1; i < to_ask.size(); ++i) backend.quarantine.push_back({{to_ask[i]}});
      ask_single(*at(to_ask[0]), true, now);
    }
  }
}

void Engine::admit(Backend& backend, Now now) {
  while (!backend.queue.empty() && backend.has_place() &&
         backend.starts_under_way + backend.wants.size() < settings_.starts_in_flight) {
    if (backend.limits.starts_per_second && now.mono < backend.next_start) return;
    Job* job = at(backend.queue.front());
    backend.queue.pop_front();
    if (!job || job->progress.state != State::queued || job->progress.set_aside || job->due) continue;
    if (backend.limits.starts_per_second)
      backend.next_start =
          std::max(backend.next_start, now.mono - Milliseconds(1000)) +
          Milliseconds(static_cast<std::int64_t>(1000.0 / *backend.limits.starts_per_second));
    apply(*job, event::Admitted{}, now);
  }
}

void Engine::poll(Lane& lane, Now now) {
  if (lane.call != 0) return;
  std::vector<JobKey> keys;
  const auto may_be_polled = [this](JobKey key) {
    const Job* job = at(key);
    return job && is_known_to_backend(*job) && !job->suspect && !job->progress.set_aside;
  };
  const std::size_t batch = std::max<std::size_t>(1, backends_.all[lane.backend].capabilities.batch);
  if (!lane.urgent.empty()) {
    while (!lane.urgent.empty() && keys.size() < batch) {
      const JobKey key = *lane.urgent.begin();
      lane.urgent.erase(lane.urgent.begin());
      if (may_be_polled(key)) keys.push_back(key);
    }
  } else if (!lane.rest.empty()) {
    for (const JobKey key : lane.rest.front())
      if (may_be_polled(key)) keys.push_back(key);
    lane.rest.pop_front();
  } else if (lane.next_poll <= now.mono && !lane.jobs.empty()) {
    lane.next_poll = Mono::max();  // until the answer is here
    for (const JobKey key : lane.jobs)
      if (may_be_polled(key)) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    for (std::size_t from = batch; from < keys.size(); from += batch)
      lane.rest.emplace_back(keys.begin() + static_cast<std::ptrdiff_t>(from),
                             keys.begin() + static_cast<std::ptrdiff_t>(
                                                std::min(from + batch, keys.size())));
    if (keys.size() > batch) keys.resize(batch);
    if (keys.empty())  // only suspects, or set aside
      lane.next_poll = now.mono + std::max(settings_.poll_interval, Milliseconds(1));
  }
  if (keys.empty()) return;
  issue(Method::update, std::move(keys), false, now);
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
  return step;
}

}  // namespace ketrew::engine
