#include "tests/simulation/graph_world.hpp"

#include <functional>

namespace ketrew::simulation {
namespace {

using namespace engine;

Settings settings() {
  Settings s;
  s.orphan_grace = Milliseconds(20'000);
  s.starts_in_flight = 1'000;
  return s;
}

std::string name(JobKey key) { return "job " + std::to_string(key); }

}  // namespace

GraphWorld::GraphWorld(std::uint64_t seed, bool calm)
    : random_(seed), calm_(calm), ids_(seed ^ 0x6a4) {
  boot();
}

// -- the daemon -----------------------------------------------------------------------------------

void GraphWorld::boot() {
  tell("the daemon starts");
  engine_ = std::make_unique<Engine>(settings(), last_sequence_);
  submitting_ = false;
  engine_->backend_ready(engine_->backend("b"), {true, Milliseconds(0), 10'000}, false, now());
  std::vector<Edge> edges;
  for (const Edge& edge : edges_)
    if (!is_final(disk_.at(edge.target).progress.state)) edges.push_back(edge);
  add(disk_, edges);
}

// As the daemon does it: with the ends of those that are over.
void GraphWorld::add(const std::map<JobKey, Row>& rows, const std::vector<Edge>& edges) {
  std::vector<Restored> jobs;
  for (const auto& [key, row] : rows)
    jobs.push_back({key, row.id, "b", "/pg", {}, row.has_condition, row.progress, {}, {}});
  std::vector<Link> links;
  for (const Edge& edge : edges) {
    Link link{edge, {}};
    const Row& source = disk_.at(edge.source);
    if (is_final(source.progress.state))
      link.ended = JobEnd{source.id, source.progress.state, source.progress.asked_for};
    links.push_back(link);
  }
  engine_->add(std::move(jobs), links, now());
}

void GraphWorld::crash() {
  tell("the daemon is killed");
  while (!commits_.empty() && chance(0.5)) {
    commit(commits_.front());
    commits_.erase(commits_.begin());
  }
  commits_.clear();
  later_.clear();  // answers reach nobody
  boot();
}

void GraphWorld::submit(int count) {
  if (submitting_) return;
  submitting_ = true;
  engine_->expect_links();
  flush();  // what ended before this is on disk before this is
  Commit commit;
  const JobKey first = last_key_ + 1;
  const auto earlier = [&](JobKey key) -> JobKey {  // one to be needed
    if (calm_ || key - first > 2 || disk_.empty()) return key > first ? pick(int(first), int(key) - 1) : 0;
    auto at = disk_.begin();
    std::advance(at, pick(0, int(disk_.size()) - 1));
    return at->first;
  };
  for (int i = 0; i < count; ++i) {
    const JobKey key = ++last_key_;
    Plan plan;
    plan.active = chance(0.3);
    plan.has_condition = chance(0.5);
    plan.holds_before = plan.has_condition && chance(0.3);
    plan.makes = chance(0.9);
    plan.breaks = plan.has_condition && chance(0.03);
    plan.exit_code = chance(0.15) ? 3 : 0;
    if (plan.holds_before) products_.insert(key);
    for (int n = pick(0, 3); n > 0; --n)
      if (const JobKey other = earlier(key)) plan.needs.push_back(other);
    for (int n = pick(-2, 2); n > 0; --n)  // either way: circles of activation are allowed
      if (const JobKey other = pick(int(first), int(first) + count - 1); other != key)
        (chance(0.5) ? plan.on_success : plan.on_failure).push_back(other);
    Row row;
    row.id = ids_.next(time_.count());
    row.has_condition = plan.has_condition;
    std::uint32_t blockers = 0;
    for (const JobKey other : plan.needs) {
      commit.edges.push_back({other, key, EdgeKind::needs});
      if (!disk_.contains(other) || status_of(disk_.at(other).progress.state) != Status::successful)
        ++blockers;
    }
    for (const JobKey other : plan.on_success) commit.edges.push_back({key, other, EdgeKind::on_success});
    for (const JobKey other : plan.on_failure) commit.edges.push_back({key, other, EdgeKind::on_failure});
    row.progress.state = initial_state(plan.active, plan.has_condition, blockers);
    row.progress.asked_for = plan.active;
    row.states.push_back(row.progress.state);
    commit.inserts[key] = std::move(row);
    plans_[key] = std::move(plan);
  }
  std::sort(commit.edges.begin(), commit.edges.end());
  commit.edges.erase(std::unique(commit.edges.begin(), commit.edges.end()), commit.edges.end());
  commit.at = time_ + Milliseconds(pick(1, 50));
  if (!commits_.empty()) commit.at = std::max(commit.at, commits_.back().at);
  commits_.push_back(std::move(commit));
}

void GraphWorld::kill_one() {
  if (engine_->size() == 0) return;
  auto at = engine_->jobs().begin();
  std::advance(at, pick(0, int(engine_->size()) - 1));
  tell("the user kills " + std::to_string(at->first));
  plans_.at(at->first).killed_by_user = true;
  engine_->kill(at->first, "killed by the user", now());
}

void GraphWorld::flush() {
  Step step = engine_->take(now());
  for (const auto& ask : step.asks) send(ask);
  for (const auto& each : step.evaluations) evaluate(each);
  if (step.nothing_to_store() && step.asks_after_commit.empty()) return;
  Commit commit;
  commit.at = time_ + Milliseconds(pick(1, 20));
  if (!commits_.empty()) commit.at = std::max(commit.at, commits_.back().at);
  commit.step = std::move(step);
  commits_.push_back(std::move(commit));
}

void GraphWorld::commit(Commit& commit) {
  for (auto& [key, row] : commit.inserts) disk_[key] = row;
  edges_.insert(commit.edges.begin(), commit.edges.end());
  for (const auto& entry : commit.step.history) {
    last_sequence_ = std::max(last_sequence_, entry.sequence);
    auto& states = disk_.at(entry.job).states;
    if (states.back() != entry.from) broken("the history of " + name(entry.job) + " has a hole");
    if (entry.to != entry.from) states.push_back(entry.to);
    disk_.at(entry.job).last_event = entry.sequence;
  }
  for (const auto& change : commit.step.changes) {
    Row& row = disk_.at(change.job);
    if (row.progress.state != change.before) broken("another state was stored of " + name(change.job));
    if (is_final(row.progress.state)) broken("a final state changed: " + name(change.job));
    row.progress = change.progress;
  }
}

// -- the world ------------------------------------------------------------------------------------

void GraphWorld::evaluate(const Evaluation& evaluation) {
  later(chance(0.1) ? 5'000 : 100, [this, evaluation] {
    const Plan& plan = plans_.at(evaluation.job);
    Event event = event::ConditionFails{};
    if (restless_ && chance(0.2)) unknown_.insert(evaluation.job), event = event::ConditionUnknown{"the host does not answer"};
    else if (plan.breaks) event = event::ConditionBroken{"no such test"};
    else if (products_.contains(evaluation.job)) event = event::ConditionHolds{};
    engine_->evaluated(evaluation.call, evaluation.job, event, now());
    if (chance(0.1)) engine_->evaluated(evaluation.call, evaluation.job, event::ConditionFails{}, now());
  });
}

void GraphWorld::send(const Ask& ask) {
  later(100, [this, ask] {
    for (const JobKey key : ask.jobs) {
      const Job* job = engine_->find(key);
      if (!job) continue;
      const std::string token = attempt_token(job->id, job->progress.attempt);
      Event event = event::KillSent{};
      switch (ask.method) {
        case Method::start:
          for (const JobKey other : plans_.at(key).needs)
            if (status_of(disk_.at(other).progress.state) != Status::successful)
              broken(name(key) + " was started before " + name(other) + " had succeeded");
          if (++started_[token] > 1) broken("started twice: " + token);
          event = event::Started{"{}"};
          break;
        case Method::find:
          event = started_.contains(token) ? Event(event::Found{"{}"}) : Event(event::Absent{});
          break;
        case Method::update: {
          observed::Ended ended;
          ended.exit_code = plans_.at(key).exit_code;
          if (job->progress.state == State::killing) {
            ended.exit_code.reset();
            ended.signal = 15;
          } else if (chance(0.3)) {
            event = event::Observed{observed::Running{"running", {}}, {}};
            break;
          }
          if (ended.exit_code == 0 && plans_.at(key).makes) products_.insert(key);
          event = event::Observed{ended, {}};
          break;
        }
        case Method::kill: break;
      }
      engine_->answered(ask.call, key, event, now());
    }
    engine_->completed(ask.call, now());
  });
}

void GraphWorld::step() {
  Milliseconds next = time_ + Milliseconds(1'000);
  if (const auto due = engine_->next_due(now().mono)) next = std::min(next, due->time_since_epoch());
  for (const auto& each : later_) next = std::min(next, each.at);
  for (const auto& each : commits_) next = std::min(next, each.at);
  time_ = std::max(time_ + Milliseconds(engine_->size() ? 0 : 1), next);
  while (!commits_.empty() && commits_.front().at <= time_) {
    Commit done = std::move(commits_.front());
    commits_.erase(commits_.begin());
    commit(done);
    if (!done.inserts.empty()) {
      add(done.inserts, done.edges);
      engine_->no_links();
      submitting_ = false;
    }
    for (const auto& ask : done.step.asks_after_commit) send(ask);
  }
  for (std::size_t i = 0; i < later_.size();) {
    if (later_[i].at > time_) {
      ++i;
      continue;
    }
    const auto what = std::move(later_[i].what);
    later_.erase(later_.begin() + static_cast<std::ptrdiff_t>(i));
    what();
  }
  // Ends are announced.
  std::vector<std::string> tokens;
  for (const auto& [key, job] : engine_->jobs())
    if (job.progress.state == State::running && chance(0.3))
      tokens.push_back(attempt_token(job.id, job.progress.attempt));
  engine_->changed(engine_->backend("b"), tokens, now());
  if (restless_) {
    if (chance(0.03)) crash();
    if (!calm_) {
      if (chance(0.03)) kill_one();
      if (chance(0.05)) submit(pick(1, 6));
      if (chance(0.02) && !plans_.empty()) products_.erase(pick(1, int(last_key_)));
    }
  }
  flush();
  check_step();
}

// -- promises -------------------------------------------------------------------------------------

void GraphWorld::check_step() {
  for (const auto& [key, job] : engine_->jobs()) {
    if (!disk_.contains(key)) broken(name(key) + " is not on disk");
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

bool GraphWorld::all_over() const {
  if (engine_->size() > 0 || !commits_.empty()) return false;
  return std::all_of(disk_.begin(), disk_.end(),
                     [](const auto& each) { return is_final(each.second.progress.state); });
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
    for (const auto& [key, row] : disk_) check_outcome(key);
    return;
  }
  std::set<JobKey> surely, perhaps;
  for (const auto& [key, plan] : plans_) {
    if (!plan.active || !disk_.contains(key)) continue;
    ask_for(key, true, surely);
    ask_for(key, false, perhaps);
  }
  for (const auto& [key, row] : disk_) {
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
  const Row& row = disk_.at(key);
  const Plan& plan = plans_.at(key);
  const auto went_through = [&](State state) {
    return std::find(row.states.begin(), row.states.end(), state) != row.states.end();
  };
  bool all_well = true;
  for (const JobKey other : plan.needs)
    all_well = all_well && status_of(disk_.at(other).progress.state) == Status::successful;
  const State state = row.progress.state;
  if (went_through(State::running) && !all_well) broken(name(key) + " ran without what it needs");
  if (state == State::dependency_failed && all_well) broken(name(key) + " failed for no dependency");
  if (plan.active && !row.progress.asked_for) broken(name(key) + " was asked for by the user");
  if (!row.progress.asked_for && state != State::killed && state != State::already_done)
    broken(name(key) + " ran without having been asked for");
  if (!row.progress.asked_for && !plan.killed_by_user) {
    // Nothing that ended well or badly before it did, and was asked for, may have had it to activate.
    for (const auto& [other, theirs] : plans_) {
      if (!disk_.contains(other) || !disk_.at(other).progress.asked_for) continue;
      if (disk_.at(other).last_event > row.last_event) continue;
      const bool good = status_of(disk_.at(other).progress.state) == Status::successful;
      const auto& fired = good ? theirs.on_success : theirs.on_failure;
      if (std::find(fired.begin(), fired.end(), key) != fired.end())
        broken(name(other) + " did not activate " + name(key));
    }
  }
  if (state == State::killed && row.progress.asked_for && !plan.killed_by_user)
    broken(name(key) + " was killed by nobody");
}

std::string GraphWorld::run() {
  submit(calm_ ? pick(1, 40) : pick(1, 8));
  for (int i = 0; i < 400 && broken_.empty(); ++i) step();
  tell("the faults stop");
  restless_ = false;
  if (calm_ && disk_.empty()) return broken_;  // the submission was lost in a crash: so be it
  for (int i = 0; i < 100'000 && broken_.empty() && !all_over(); ++i) step();
  if (broken_.empty() && !all_over()) {
    std::string who;
    for (const auto& [key, job] : engine_->jobs())
      who += " " + std::to_string(key) + ":" + std::string(to_string(job.progress.state)) + " " +
             job.progress.reason;
    broken("these never ended:" + who);
  }
  if (broken_.empty()) check_end();
  return broken_;
}

}  // namespace ketrew::simulation
