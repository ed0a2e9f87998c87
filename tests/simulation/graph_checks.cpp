// The promises about graphs: after every step, and what the rules say of the end, thought out anew.
#include "tests/simulation/graph_world.hpp"

namespace ketrew::simulation {
namespace {

std::string name(JobKey key) { return "job " + std::to_string(key); }

}  // namespace

void GraphWorld::check_step() {
  for (const auto& [key, job] : engine_->jobs()) {
    if (!rows().contains(key)) broken(name(key) + " is not on disk");
    const auto counters = engine_->graph().counters(key);
    const auto truth = engine_->graph().counted(key);
    if (counters != truth)
      broken("the counters of " + name(key) + " are wrong: " + std::to_string(counters->blockers) + " and " +
             std::to_string(counters->activators) + ", not " + std::to_string(truth->blockers) + " and " +
             std::to_string(truth->activators));
    const Progress& p = job.progress;
    if (p.state == State::passive && counters && counters->activators == 0 && !p.orphan)
      broken(name(key) + " is an orphan, and was not noticed");
    if (p.state == State::passive && !counters) broken(name(key) + " is passive and in no graph");
    if (p.orphan && p.state != State::passive) broken(name(key) + " is an orphan and not passive");
    if (p.orphan && !job.due) broken(name(key) + " is an orphan for ever");
    if (p.state == State::blocked && (!counters || counters->blockers == 0))
      broken(name(key) + " is blocked by nothing");
    if (p.state == State::active) broken(name(key) + " stays active");
    if ((p.state == State::evaluating || p.state == State::verifying) && !job.due && job.call == 0)
      broken(name(key) + " waits for no evaluation");
  }
}

State GraphWorld::outcome_if_asked(JobKey key) {
  if (const auto known = outcomes_.find(key); known != outcomes_.end()) return known->second;
  const Plan& plan = plans_.at(key);
  const auto outcome = [&] {
    if (plan.breaks) return State::condition_failed;
    if (plan.holds_before) return State::already_done;
    for (const JobKey other : plan.needs)
      if (!well(other)) return State::dependency_failed;
    if (plan.exit_code != 0) return State::failed;
    return plan.has_condition ? (plan.makes ? State::succeeded : State::not_ensured) : State::succeeded;
  }();
  outcomes_[key] = outcome;
  return outcome;
}

// `surely`: without what depends on who was first. A job that finds one of its dependencies failed
// already asks for none of the others.
void GraphWorld::ask_for(JobKey key, bool surely, std::set<JobKey>& asked) {
  if (!asked.insert(key).second) return;
  const Plan& plan = plans_.at(key);
  const State outcome = outcome_if_asked(key);
  if (outcome != State::already_done && outcome != State::condition_failed &&
      !(surely && outcome == State::dependency_failed))
    for (const JobKey other : plan.needs) ask_for(other, surely, asked);
  for (const JobKey other : well(key) ? plan.on_success : plan.on_failure) ask_for(other, surely, asked);
}

void GraphWorld::check_end() {
  if (!calm_) {
    for (const auto& [key, row] : rows()) check_outcome(key);
    return;
  }
  std::set<JobKey> surely, perhaps;
  for (const auto& [key, plan] : plans_) {
    if (!plan.active || !rows().contains(key)) continue;
    ask_for(key, true, surely);
    ask_for(key, false, perhaps);
  }
  for (const auto& [key, row] : rows()) {
    const Progress& p = row.progress;
    if (surely.contains(key) && !p.asked_for) broken(name(key) + " was not asked for");
    if (p.asked_for && !perhaps.contains(key)) broken(name(key) + " was asked for by nobody");
    const Plan& plan = plans_.at(key);
    const State expected = p.asked_for ? outcome_if_asked(key)
                           : plan.holds_before && !plan.breaks &&
                                   !(p.state == State::killed && unknown_.contains(key))
                               ? State::already_done
                                                               : State::killed;
    if (p.state != expected)
      broken(name(key) + " is " + std::string(to_string(p.state)) + ", not " +
             std::string(to_string(expected)));
  }
}

// Where kills and changes come in between: what must hold between a job and those around it.
void GraphWorld::check_outcome(JobKey key) {
  const Ledger::Row& row = rows().at(key);
  const Plan& plan = plans_.at(key);
  const auto went_through = [&](State state) {
    return std::any_of(row.history.begin(), row.history.end(),
                       [state](const HistoryEntry& entry) { return entry.to == state; });
  };
  bool all_well = true;
  for (const JobKey other : plan.needs)
    all_well = all_well && status_of(rows().at(other).progress.state) == Status::successful;
  const State state = row.progress.state;
  if (went_through(State::running) && !all_well) broken(name(key) + " ran without what it needs");
  if (state == State::dependency_failed && all_well) broken(name(key) + " failed for no dependency");
  if (plan.active && !row.progress.asked_for) broken(name(key) + " was asked for by the user");
  if (!row.progress.asked_for && state != State::killed && state != State::already_done)
    broken(name(key) + " ran without having been asked for");
  if (!row.progress.asked_for && !plan.killed_by_user) {
    // Nothing that ended well or badly before it did, and was asked for, may have had it to activate.
    for (const auto& [other, theirs] : plans_) {
      const auto known = rows().find(other);
      if (known == rows().end() || !known->second.progress.asked_for) continue;
      if (known->second.history.back().sequence > row.history.back().sequence) continue;
      const bool good = status_of(known->second.progress.state) == Status::successful;
      const auto& fired = good ? theirs.on_success : theirs.on_failure;
      if (std::find(fired.begin(), fired.end(), key) != fired.end())
        broken(name(other) + " did not activate " + name(key));
    }
  }
  if (state == State::killed && row.progress.asked_for && !plan.killed_by_user)
    broken(name(key) + " was killed by nobody");
}

}  // namespace ketrew::simulation
