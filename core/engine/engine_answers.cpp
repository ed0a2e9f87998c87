// What becomes of the questions that were asked.
#include "core/engine/engine.hpp"

namespace ketrew::engine {

void Engine::answered(CallId id, JobKey key, const Event& event, Now now) {
  Job* job = at(key);
  const auto found = calls_.find(id);
  if (!job || found == calls_.end()) return;
  Call& call = found->second;
  if (call.ask.method == Method::update) {
    if (job->observed != id) ++call.answered;
    job->observed = id;
  } else {
    if (job->call != id) return;
    job->call = 0;
    ++call.answered;
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
  if (call.answered == call.ask.jobs.size()) return;
  for (const JobKey key : call.ask.jobs) {
    Job* job = at(key);
    if (!job || (call.ask.method == Method::update && job->observed == call.ask.call)) continue;
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
      // A slow scheduler is asked less often; not for ever so much less, as part of the time may have
      // been spent on waiting behind submissions.
      lane.not_before =
          now.mono + std::min(took * 10, std::max(settings_.event_poll_interval, took * 2));
      if (lane.round && lane.rest.empty()) end_round(lane, now);
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

}  // namespace ketrew::engine
