#include "tests/simulation/graph_world.hpp"

#include "app/ketrewd/take_up.hpp"

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

GraphWorld::GraphWorld(std::uint64_t seed, bool calm, bool real_store, bool story)
    : dice_(seed), calm_(calm), tells_(story), ids_(seed ^ 0x6a4) {
  if (real_store) {
    auto home = std::make_unique<RealHome>(dice_.next(), false);
    disk_ = &home->disk;
    home_ = std::move(home);
  } else {
    home_ = std::make_unique<ModelHome>();
  }
  home_->watch.broken = [this](const std::string& what) { broken(what); };
  home_->watch.changed = [this](JobKey key, const Progress& before, const Ledger::Row& after) {
    tell(name(key) + ": " + std::string(to_string(before.state)) + " -> " +
         std::string(to_string(after.progress.state)) + ": " + after.history.back().reason);
  };
  boot();
}

GraphWorld::~GraphWorld() {
  home_->stop();
  down();
}

// -- the daemon -----------------------------------------------------------------------------------

void GraphWorld::boot() {
  auto opened = home_->open();
  if (!opened) return broken("the database does not open: " + opened.error().text());
  store_ = std::move(*opened);
  engine_ = std::make_unique<Engine>(settings(), store_->last_sequence());
  last_key_ = std::max(last_key_, store_->last_key());
  submitting_ = false;
  engine_->backend_ready(engine_->backend("b"), {true, Milliseconds(0), 10'000}, false, now());
  const auto taken = daemon::take_up(*engine_, *store_, store_->take_unfinished(), now());
  tell("the daemon is up, with " + std::to_string(taken.count()) + " jobs");
  conductor_ = std::make_unique<daemon::Conductor>(loop_, *engine_, *store_);
  conductor_->on_ask([this](const Ask& ask) { send(ask); });
  conductor_->on_committed([](const std::vector<HistoryEntry>&) {});
  conductor_->on_evaluations([this](const std::vector<Evaluation>& evaluations) {
    for (const Evaluation& each : evaluations) evaluate(each);
  });
  conductor_->pump();
}

void GraphWorld::down() {
  if (store_) store_->abandon();
  conductor_.reset();
  engine_.reset();
  store_.reset();
  loop_.clear();
  write_at_.reset();
  later_.clear();  // answers reach nobody
}

void GraphWorld::crash() {
  const bool power = chance(0.5);
  tell(power ? "the power fails" : "the daemon is killed");
  if (!disk_ && chance(0.5)) {  // what was being written is there, and nobody was told
    store_->abandon();
    store_->write();
  }
  home_->stop();
  down();
  home_->crashed(power);
  boot();
}

// As the daemon does it: what ended before this is on disk, and can be read, when this is thought out.
void GraphWorld::submit(int count) {
  if (submitting_) return;
  submitting_ = true;
  engine_->expect_links();
  conductor_->after_commit([this, count] { plan(count); });
}

GraphWorld::Plan GraphWorld::draw(JobKey key, JobKey first, int count) {
  const auto earlier = [&]() -> JobKey {  // one to be needed
    if (calm_ || key - first > 2 || rows().empty())
      return key > first ? pick(int(first), int(key) - 1) : 0;
    auto at = rows().begin();
    std::advance(at, dice_.below(rows().size()));
    return at->first;
  };
  Plan plan;
  plan.active = chance(0.3);
  plan.has_condition = chance(0.5);
  plan.holds_before = plan.has_condition && chance(0.3);
  plan.makes = chance(0.9);
  plan.breaks = plan.has_condition && chance(0.03);
  plan.exit_code = chance(0.15) ? 3 : 0;
  if (plan.holds_before) products_.insert(key);
  for (int n = pick(0, 3); n > 0; --n)
    if (const JobKey other = earlier()) plan.needs.push_back(other);
  for (int n = pick(-2, 2); n > 0; --n)  // either way: circles of activation are allowed
    if (const JobKey other = pick(int(first), int(first) + count - 1); other != key)
      (chance(0.5) ? plan.on_success : plan.on_failure).push_back(other);
  return plan;
}

void GraphWorld::plan(int count) {
  const JobKey first = last_key_ + 1;
  store::Submission submission;
  auto& edges = submission.edges;
  std::vector<Restored> jobs;
  for (int i = 0; i < count; ++i) {
    const JobKey key = ++last_key_;
    Plan plan = draw(key, first, count);
    JobRecord record;
    record.key = key;
    record.id = ids_.next(unix_milliseconds(now().wall));
    record.submitted_at = now().wall;
    record.spec.name = name(key);
    record.spec.backend = "b";
    record.spec.host = "/pg";
    record.spec.program.commands = {Command{"", {"true"}}};
    record.spec.equivalence = Equivalence::none;
    if (plan.has_condition) record.spec.condition = Condition{condition::Exists{"/" + name(key)}};
    std::uint32_t blockers = 0;
    for (const JobKey other : plan.needs) {
      edges.push_back({other, key, EdgeKind::needs});
      const Ledger::Row* known = home_->ledger.find(other);
      if (!known || status_of(known->progress.state) != Status::successful) ++blockers;
    }
    for (const JobKey other : plan.on_success) edges.push_back({key, other, EdgeKind::on_success});
    for (const JobKey other : plan.on_failure) edges.push_back({key, other, EdgeKind::on_failure});
    record.progress.state = initial_state(plan.active, plan.has_condition, blockers);
    record.progress.asked_for = plan.active;
    HistoryEntry entry;
    entry.sequence = engine_->next_sequence();
    entry.job = key;
    entry.id = record.id;
    entry.at = now().wall;
    entry.to = record.progress.state;
    submission.history.push_back(entry);
    jobs.push_back({key, record.id, "b", "/pg", {}, plan.has_condition, record.progress, {}, {}, 0});
    submission.jobs.push_back(std::move(record));
    plans_[key] = std::move(plan);
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  std::vector<Link> links;
  for (const Edge& edge : edges) {
    Link link{edge, {}};
    const Ledger::Row* source = home_->ledger.find(edge.source);
    if (source && !engine_->find(edge.source))
      link.ended = JobEnd{source->id, source->progress.state, source->progress.asked_for};
    links.push_back(std::move(link));
  }
  tell("a graph of " + std::to_string(count) + " jobs is submitted");
  conductor_->submit(std::move(submission), std::move(jobs), std::move(links), [this](const Result<store::Accepted>& accepted) {
    if (!accepted) broken("a graph is refused: " + accepted.error().text());
    engine_->no_links();
    submitting_ = false;
  });
}

void GraphWorld::kill_one() {
  if (engine_->size() == 0) return;
  const JobKey key = pick(1, int(last_key_));
  if (!engine_->find(key)) return;
  tell("the user kills " + std::to_string(key));
  plans_.at(key).killed_by_user = true;
  engine_->kill(key, "killed by the user", now());
  conductor_->pump();
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
    conductor_->pump();
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
            if (status_of(row(other).state) != Status::successful)
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
    conductor_->pump();
  });
}

void GraphWorld::step() {
  Milliseconds next = clocks_.time + Milliseconds(1'000);
  if (const auto wake = loop_.next()) next = std::min(next, *wake);
  for (const auto& each : later_) next = std::min(next, each.at);
  if (write_at_) next = std::min(next, *write_at_);
  clocks_.time = std::max(clocks_.time + Milliseconds(engine_->size() ? 0 : 1), next);
  if (write_at_ && *write_at_ <= clocks_.time) {
    write_at_.reset();
    if (disk_ && restless_ && chance(0.03)) disk_->stop_after(pick(1, 25));
    store_->write();
    if (disk_ && disk_->stopped()) crash();
  }
  for (std::size_t i = 0; i < later_.size();) {
    if (later_[i].at > clocks_.time) {
      ++i;
      continue;
    }
    const auto what = std::move(later_[i].what);
    later_.erase(later_.begin() + static_cast<std::ptrdiff_t>(i));
    what();
  }
  // Ends are announced.
  std::vector<std::string> tokens;
  for (const auto& [key, row] : rows()) {
    const Job* job = engine_->find(key);
    if (job && job->progress.state == State::running && chance(0.3))
      tokens.push_back(attempt_token(job->id, job->progress.attempt));
  }
  if (!tokens.empty()) {
    engine_->changed(engine_->backend("b"), tokens, now());
    conductor_->pump();
  }
  if (restless_) {
    if (chance(0.03)) crash();
    if (!calm_) {
      if (chance(0.03)) kill_one();
      if (chance(0.05)) submit(pick(1, 6));
      if (chance(0.02) && !plans_.empty()) products_.erase(pick(1, int(last_key_)));
    }
  }
  loop_.run();
  if (store_->wants_to_write() && !write_at_) write_at_ = clocks_.time + Milliseconds(pick(0, 20));
  check_step();
}

bool GraphWorld::all_over() const {
  if (engine_->size() > 0 || store_->wants_to_write()) return false;
  return std::all_of(rows().begin(), rows().end(),
                     [](const auto& each) { return is_final(each.second.progress.state); });
}

std::string GraphWorld::run() {
  submit(calm_ ? pick(1, 40) : pick(1, 8));
  for (int i = 0; i < 400 && broken_.empty(); ++i) step();
  tell("the faults stop");
  restless_ = false;
  if (disk_) disk_->go_on();
  if (calm_ && rows().empty()) return broken_;  // the submission was lost in a crash: so be it
  for (int i = 0; i < 100'000 && broken_.empty() && !all_over(); ++i) step();
  if (broken_.empty() && !all_over()) {
    std::string who;
    for (const auto& [key, job] : engine_->jobs())
      who += " " + std::to_string(key) + ":" + std::string(to_string(job.progress.state)) + " " +
             job.progress.reason;
    broken("these never ended:" + who);
  }
  if (broken_.empty())
    if (const std::string differs = home_->compare(); !differs.empty()) broken(differs);
  if (broken_.empty()) check_end();
  return broken_;
}

}  // namespace ketrew::simulation
