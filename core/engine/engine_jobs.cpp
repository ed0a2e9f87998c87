// What happens to one job, and keeping all that is counted and listed in step with it.
#include "core/engine/engine.hpp"

namespace ketrew::engine {
namespace {

std::size_t index_of(State state) { return static_cast<std::size_t>(state); }

bool fires(const std::vector<Action>& actions) {
  return std::any_of(actions.begin(), actions.end(), [](Action action) {
    return action == Action::fire_success || action == Action::fire_failure;
  });
}

}  // namespace

void Engine::put(Restored restored, Now now) {
  Job job;
  job.key = restored.key;
  job.id = restored.id;
  job.backend = backend(restored.backend);
  job.lane = backends_.lane(job.backend, restored.host);
  job.retries = std::move(restored.retries);
  job.has_condition = restored.has_condition;
  job.timeout = restored.timeout;
  job.workflow = restored.workflow;
  job.equivalence = restored.equivalence;
  job.progress = std::move(restored.progress);
  job.stored = job.progress.state;
  job.heard = now.mono;
  keys_[job.id] = job.key;
  if (job.equivalence) equivalents_[job.equivalence] = job.key;
  Job& added = jobs_.emplace(restored.key, std::move(job)).first->second;
  ++backends_.all[added.backend].counts[index_of(added.progress.state)];
  if (is_known_to_backend(added)) {
    Lane& lane = backends_.lanes[added.lane];
    lane.jobs.insert(added.key);
    lane.next_poll = std::min(lane.next_poll, now.mono);
  }
}

void Engine::kill(JobKey key, const std::string& by, Now now) {
  Job* job = at(key);
  if (!job) return;
  if (job->progress.set_aside) resume(*job, now);
  apply(*job, event::Kill{by}, now);
}

void Engine::settle_as(JobKey key, const event::Settle& how, Now now) {
  Job* job = at(key);
  if (!job) return;
  apply(*job, how, now);
  job->want = Job::Want::none;  // a start that was not sent yet is not sent
}

// Applies an event and keeps all that is counted and listed in step with the job.
void Engine::apply_alone(Job& job, const Event& event, Now now) {
  Effects effects;
  const State before = job.progress.state;
  const bool known_before = is_known_to_backend(job);
  const auto due_before = job.due;
  if (job.linked) job.blockers = graph_.blockers(job.key);
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
        lane.next_poll = std::max(now.mono + (backends_.all[job.backend].capabilities.events
                                                  ? settings_.event_poll_interval
                                                  : settings_.first_poll),
                                  lane.not_before);
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
  for (auto& entry : effects.history) {
    entry.id = job.id;
    history_.push_back(std::move(entry));
  }
  do_actions(job, effects.actions, now);
  if (job.linked && before == State::passive && after != State::passive) graph_.activated(job.key);
  if (is_final(after) && !is_final(before)) end(job, fires(effects.actions));
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
        job.call = ++last_call_;
        evaluations_.push_back({job.call, job.key});
        break;
      case Action::activate_dependencies: graph_.block(job.key, job.id, told_); break;
      case Action::fire_success:
      case Action::fire_failure: break;  // told by `end`
    }
  }
}

}  // namespace ketrew::engine
