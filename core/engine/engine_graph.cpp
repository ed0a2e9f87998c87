// Jobs and their edges: taking them up, and telling each what became of the others.
#include "core/engine/engine.hpp"

namespace ketrew::engine {

void Engine::add(std::vector<Restored> jobs, const std::vector<Link>& links, Now now) {
  std::vector<JobKey> added;
  added.reserve(jobs.size());
  if (jobs.size() > jobs_.size()) {  // many: without growing by and by
    jobs_.reserve(jobs_.size() + jobs.size());
    keys_.reserve(keys_.size() + jobs.size());
  }
  for (Restored& job : jobs) {
    if (is_final(job.progress.state) || jobs_.contains(job.key)) continue;
    added.push_back(job.key);
    put(std::move(job), now);
  }
  const auto join = [this](JobKey key) {
    Job* job = at(key);
    if (!job || is_final(job->progress.state)) return false;
    if (!job->linked) graph_.add(key, job->progress.state == State::passive);
    job->linked = true;
    return true;
  };
  for (const JobKey key : added)
    if (at(key)->progress.state == State::passive) join(key);
  for (const Link& each : links) {
    const bool source = join(each.edge.source), target = join(each.edge.target);
    if (source && target && each.edge.kind != EdgeKind::asks) graph_.link(each.edge);
    else if (target) link(each, told_);
  }
  settling_ = true;  // all edges are there: now what was not told
  for (const JobKey key : added) {
    Job& job = *at(key);
    if (job.progress.set_aside) resume(job, now);  // a new daemon gives it another chance
    else apply(job, event::Recovered{}, now);
  }
  settling_ = false;
  settle(now);
  // What was an orphan when a daemon stopped, and got an edge before it could be told.
  for (const JobKey key : added) {
    Job& job = *at(key);
    if (job.progress.orphan && !graph_.is_orphan(key)) apply(job, event::Adopted{}, now);
  }
}

// The edge of a job that is over: what it means to the other one.
void Engine::link(const Link& link, std::vector<Told>& told) {
  const JobKey target = link.edge.target;
  if (link.edge.kind == EdgeKind::asks)
    return told.push_back({target, Told::What::needed, link.ended ? link.ended->id : JobId()});
  JobEnd end;
  if (const auto known = ended_.find(link.edge.source); known != ended_.end()) end = known->second;
  else if (link.ended) end = *link.ended;
  else if (link.edge.kind == EdgeKind::needs) return graph_.link_to_unknown(target);
  else return;
  const bool well = status_of(end.state) == Status::successful;
  if (link.edge.kind == EdgeKind::needs) {
    if (!well) graph_.link_to_failed(target, end.id);
  } else if (end.asked_for && (link.edge.kind == EdgeKind::on_success) == well) {
    told.push_back({target, well ? Told::What::after_success : Told::What::after_failure, end.id});
  }
}

void Engine::no_links() {
  expecting_links_ = false;
  ended_.clear();
}

JobKey Engine::equivalent(const ConditionDigest& digest) const {
  const auto found = digest ? equivalents_.find(digest) : equivalents_.end();
  if (found == equivalents_.end()) return 0;
  const Job* job = find(found->second);
  return job && !is_final(job->progress.state) && !job->progress.kill_asked ? job->key : 0;
}

// It is over: those that hang on it are told. It stays in memory until the step is taken.
void Engine::end(const Job& job, bool fires) {
  const JobEnd end{job.id, job.progress.state, fires};
  if (job.linked) graph_.finished(job.key, end, told_);
  if (const auto known = equivalents_.find(job.equivalence);
      job.equivalence && known != equivalents_.end() && known->second == job.key)
    equivalents_.erase(known);
  if (expecting_links_) ended_[job.key] = end;
}

void Engine::apply(Job& job, const Event& event, Now now) {
  apply_alone(job, event, now);
  settle(now);
}

// A chain of jobs may follow: one after the other, not one within the other.
void Engine::settle(Now now) {
  if (settling_) return;
  settling_ = true;
  for (;;) {
    if (told_at_ == told_.size()) {
      told_.clear();
      told_at_ = 0;
      graph_.sweep(told_);
      if (told_.empty()) break;
    }
    const Told next = told_[told_at_++];
    tell(next, now);
  }
  settling_ = false;
}

void Engine::tell(const Told& told, Now now) {
  Job* job = at(told.job);
  if (!job || is_final(job->progress.state)) return;
  const std::string cause = told.cause.text();
  switch (told.what) {
    case Told::What::needed: return apply_alone(*job, event::Activate{"asked for by " + cause}, now);
    case Told::What::after_success:
      return apply_alone(*job, event::Activate{"activated by the success of " + cause}, now);
    case Told::What::after_failure:
      return apply_alone(*job, event::Activate{"activated by the failure of " + cause}, now);
    case Told::What::dependencies_succeeded:
      return apply_alone(*job, event::DependenciesSucceeded{}, now);
    case Told::What::dependency_failed:
      return apply_alone(*job, event::DependencyFailed{"its dependency " + cause + " failed"}, now);
    case Told::What::orphaned: return apply_alone(*job, event::Orphaned{}, now);
    case Told::What::adopted: return apply_alone(*job, event::Adopted{}, now);
  }
}

void Engine::evaluated(CallId call, JobKey key, const Event& event, Now now) {
  Job* job = at(key);
  if (!job || call == 0 || job->call != call) return;  // it was asked anew, or is past that
  job->call = 0;
  apply(*job, event, now);
}

}  // namespace ketrew::engine
