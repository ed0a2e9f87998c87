// The promises, held against the world.
#include "tests/simulation/world.hpp"

namespace ketrew::simulation {
namespace {

std::string name(JobKey key) { return "job " + std::to_string(key); }

bool covers(const Pause& pause, JobKey key, const JobSpec& spec) {
  switch (pause.kind) {
    case PauseKind::job: return pause.key == key;
    case PauseKind::workflow: return false;
    case PauseKind::host: return pause.name == spec.host;
    case PauseKind::backend: break;
  }
  return pause.name == spec.backend;
}

template <class List>
bool has(const List& list, JobKey key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

}  // namespace

// -- at every commit -------------------------------------------------------------------------------

void World::check_change(JobKey key, const Progress& before, const Ledger::Row& after) {
  const Progress& p = after.progress;
  tell([&] {
    return name(key) + ": " + std::string(to_string(before.state)) + " -> " +
           std::string(to_string(p.state)) + ", attempt " + std::to_string(p.attempt) +
           (p.reason.empty() ? "" : ": " + p.reason) + (p.message.empty() ? "" : " (" + p.message + ")");
  });
  if (p.attempt > before.attempt && kills_.contains(key)) broken(name(key) + " is tried again, and was killed");
  if (p.attempt > 4) broken(name(key) + " has more attempts than it may");
  for (auto entry = after.history.rbegin(); entry != after.history.rend(); ++entry) {
    if (entry->from != State::queued || entry->to != State::starting) continue;
    for (const auto& [pause, since] : pauses_)
      if (entry->sequence > since && covers(pause, key, after.spec))
        broken(name(key) + " is started, and is paused");
    break;
  }
  if (is_final(p.state)) check_end(key, after);
}

// Only proof makes an outcome.
void World::check_end(JobKey key, const Ledger::Row& row) {
  if (settled_.contains(key)) return;
  const Progress& p = row.progress;
  const std::string token =
      p.backend_state.empty() ? attempt_token(row.id, p.attempt) : token_in(p.backend_state);
  const Cluster::Attempt* real = p.attempt ? cluster_->of(token) : nullptr;
  const bool ran = real && real->claimed;
  const bool over = real && real->over;  // it may have been killed before it ran
  const bool proof = over && (!p.exit_code || *p.exit_code == real->exit_code);
  const bool vanished = ran && real->vanished;
  if (p.state == State::succeeded && !(ran && proof && p.exit_code == 0 && !real->killed))
    broken("success without proof: " + name(key));
  if (p.state == State::failed && !proof && !(vanished && p.timed_out))
    broken("failure without proof: " + name(key));
  if (p.state == State::lost && !vanished) broken("lost, though it can be seen: " + name(key));
  if (p.state == State::killed && ran && !over && !vanished && real->late == 0)
    broken("killed, and still running: " + name(key));
  if (p.state == State::killed && !p.kill_asked) broken("killed, and nobody asked for it: " + name(key));
  if (p.state == State::start_failed && ran && !over && real->late == 0) broken("start-failed, and running: " + name(key));
  if (p.state == State::kill_failed) broken("kill-failed in a world where kills work: " + name(key));
}

// -- after every step ------------------------------------------------------------------------------

// What makes it go on, sooner or later; "": nothing.
std::string World::waits_for(const engine::Job& job) const {
  const engine::Backend& backend = engine_->backends().all[job.backend];
  const engine::Lane& lane = engine_->backends().lanes[job.lane];
  if (job.due) return "a time";
  if (job.call != 0) return "an answer";
  if (!backend.ready) return "its backend";
  const bool in_quarantine =
      job.suspect && (backend.calls_under_way > 0 ||
                      std::any_of(backend.quarantine.begin(), backend.quarantine.end(),
                                  [&](const auto& each) { return has(each.jobs, job.key); }));
  if (in_quarantine) return "the quarantine";
  if (job.want != engine::Job::Want::none && has(backend.wants, job.key)) return "its turn to be asked about";
  switch (job.progress.state) {
    case State::queued:
      if (has(backend.queue, job.key)) return "a place";
      return has(backend.held_back, job.key) && engine_->paused_by(job) ? "being resumed" : "";
    case State::running: case State::killing:
      if (!lane.jobs.contains(job.key) || job.suspect || job.progress.set_aside) return "";
      return lane.call != 0 || lane.round || lane.next_poll != Mono::max() || lane.urgent.contains(job.key)
                 ? "a poll" : "";
    case State::passive: case State::active: case State::evaluating: case State::blocked:
    case State::starting: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost: break;
  }
  return "";
}

void World::check_world() {
  for (std::size_t i = 0; i < engine_->backends().all.size(); ++i) {
    const auto& backend = engine_->backends().all[i];
    std::array<std::uint32_t, state_count> counts{};
    for (const auto& [key, job] : engine_->jobs())
      if (job.backend == i && !is_final(job.progress.state)) ++counts[static_cast<std::size_t>(job.progress.state)];
    if (counts != backend.counts) broken("the counters of " + backend.name + " are wrong");
    if (backend.limits.running && backend.held() > *backend.limits.running)
      broken("over the limit of " + backend.name);
  }
  const auto next = engine_->next_due(clocks_.now().mono);
  const auto wake = loop_.next();
  if (next && (!wake || *wake > std::max(clocks_.time, next->time_since_epoch() + clocks_.booted)))
    broken("the engine asked for a time, and will not be woken");
  for (const auto& [key, job] : engine_->jobs()) {
    if (!home_->ledger.find(key) && !broken_rule(Rule::ack_after_commit)) broken(name(key) + " is not on disk");
    if (wake && *wake <= clocks_.time) continue;  // the engine is about to look at it
    if (waits_for(job).empty())
      broken(name(key) + " is " + std::string(to_string(job.progress.state)) + ", and waits for nothing");
    else if (job.due && (!next || *next > *job.due))
      broken(name(key) + " waits for a time that nobody remembers");
  }
}

// -- after a crash, and at the end -----------------------------------------------------------------

void World::check_promises() {
  std::set<JobId> there;
  std::set<std::string> requests;
  for (const auto& [key, row] : home_->ledger.rows()) {
    there.insert(row.id);
    if (!requests.insert(row.spec.name).second) broken("one request has two jobs: " + row.spec.name);
    if (kills_.contains(key) && !row.progress.kill_asked && !is_final(row.progress.state))
      broken("a kill was acknowledged, and is forgotten: " + name(key));
  }
  for (const JobId& id : acknowledged_)
    if (!there.contains(id)) broken("acknowledged, and not there: " + id.text());
  for (const auto& [pause, since] : pauses_)
    if (!home_->ledger.pauses().contains(pause) || (engine_ && !engine_->pauses().contains(pause)))
      broken("a pause was acknowledged, and is forgotten");
}

}  // namespace ketrew::simulation
