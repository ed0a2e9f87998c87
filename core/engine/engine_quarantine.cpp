// Suspects: jobs that were under way when their backend crashed. See backends.hpp.
#include "core/engine/engine.hpp"

namespace ketrew::engine {

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

// The backend survived being asked about it.
void Engine::acquit(Job& job) {
  job.suspect = false;
  job.strikes = 0;
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

// One call at a time, about suspects only: a crash now has few to blame.
void Engine::dispatch_quarantine(BackendIndex index, Now now) {
  Backend& backend = backends_.all[index];
  while (backend.calls_under_way == 0 && !backend.quarantine.empty()) {
    const Suspects suspects = std::move(backend.quarantine.front());
    backend.quarantine.pop_front();
    std::vector<JobKey> to_poll, to_ask;
    for (const JobKey key : suspects.jobs) {
      Job* job = at(key);
      if (!job || job->progress.set_aside) continue;
      if (!job->suspect) {  // acquitted: what is wanted of it is asked with all the others
        if (job->want != Job::Want::none) backend.wants.push_back(key);
        continue;
      }
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

}  // namespace ketrew::engine
