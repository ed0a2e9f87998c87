#include "tests/simulation/world.hpp"

namespace ketrew::simulation {
namespace {

const std::vector<std::string> backend_names = {"events", "polled", "exact"};

engine::Capabilities capabilities_of(std::size_t index) {
  engine::Capabilities c;
  c.events = index == 0;
  c.visibility_lag = Milliseconds(index == 1 ? 5'000 : 0);
  c.batch = index == 2 ? 3 : 10'000;
  return c;
}

engine::Settings settings() {
  engine::Settings s;
  s.max_attempts = 4;
  s.lost_after = Milliseconds(60'000);
  return s;
}

std::string state_of(const std::string& token) { return "{\"token\":\"" + token + "\"}"; }

}  // namespace

World::World(std::uint64_t seed) : random_(seed), ids_(seed ^ 0x5eed) {
  backends_.resize(backend_names.size());
  boot();
}

// -- the daemon -----------------------------------------------------------------------------------

void World::boot() {
  tell("the daemon starts");
  engine_ = std::make_unique<engine::Engine>(settings(), last_sequence_);
  for (std::size_t i = 0; i < backend_names.size(); ++i) {
    const auto index = engine_->backend(backend_names[i]);
    engine::Limits limits;
    if (i == 1) limits.running = 5;
    if (i == 2) limits.starts_per_second = 2;
    engine_->set_limits(index, limits);
    backends_[i].up = false;
    backends_[i].up_at = time_ + Milliseconds(pick(1, 500));
  }
  for (const auto& [key, row] : disk_)
    engine_->add({{key, row.id, row.backend, "/pg", row.retries, false, row.progress, {}, {}}}, {}, now());
}

void World::crash() {
  tell("the daemon is killed");
  // Commits that were under way: some prefix of them made it.
  while (!commits_.empty() && chance(0.5)) {
    commit(commits_.front());
    commits_.erase(commits_.begin());
  }
  commits_.clear();
  // Calls that were sent may still take effect; their answers reach nobody.
  for (Flight& flight : flights_) {
    if (!flight.landed && !flight.lost_before && chance(0.7)) land(flight);
  }
  flights_.clear();
  boot();
}

void World::submit() {
  Row row;
  row.id = ids_.next(time_.count());
  row.backend = backend_names[static_cast<std::size_t>(pick(0, 2))];
  row.retries = RetryPolicy::each(static_cast<std::uint16_t>(pick(0, 2)));
  row.progress.state = engine::initial_state(true, false, 0);
  HistoryEntry entry;
  const JobKey key = ++last_key_;
  entry.job = key;
  entry.sequence = engine_->next_sequence();
  entry.from = State::passive;
  entry.to = row.progress.state;
  row.history.push_back(entry);
  if (chance(0.02)) poison_[key] = pick(1, 12);
  Commit commit;
  commit.at = time_ + Milliseconds(pick(1, 20));
  if (!commits_.empty()) commit.at = std::max(commit.at, commits_.back().at);
  commit.inserts.emplace_back(key, std::move(row));
  commits_.push_back(std::move(commit));
}

void World::kill_one() {
  if (engine_->size() == 0) return;
  auto at = engine_->jobs().begin();
  std::advance(at, pick(0, static_cast<int>(engine_->size()) - 1));
  tell("the user kills " + std::to_string(at->first));
  engine_->kill(at->first, "killed by the user", now());
}

void World::flush() {
  engine::Step step = engine_->take(now());
  for (const auto& ask : step.asks) send(ask, false);
  if (step.nothing_to_store() && step.asks_after_commit.empty()) return;
  Commit commit;
  commit.at = time_ + Milliseconds(pick(1, 20));
  if (!commits_.empty()) commit.at = std::max(commit.at, commits_.back().at);
  commit.step = std::move(step);
  commits_.push_back(std::move(commit));
}

void World::commit(Commit& commit) {
  for (auto& [key, row] : commit.inserts) {
    disk_[key] = row;
    last_sequence_ = std::max(last_sequence_, row.history.back().sequence);
  }
  for (const auto& entry : commit.step.history) {
    last_sequence_ = std::max(last_sequence_, entry.sequence);
    Row& row = disk_.at(entry.job);
    if (!row.history.empty()) {
      if (row.history.back().sequence >= entry.sequence) broken("sequence numbers do not grow");
      if (row.history.back().to != entry.from)
        broken("the history of " + std::to_string(entry.job) + " has a hole");
    }
    row.history.push_back(entry);
  }
  for (const auto& change : commit.step.changes) {
    Row& row = disk_.at(change.job);
    if (row.progress.state != change.before) broken("totals would drift: another state was stored");
    const Row before = row;
    row.progress = change.progress;
    check_commit(before, row);
  }
}

// -- promises -------------------------------------------------------------------------------------

void World::check_commit(const Row& before, const Row& after) {
  const Progress& p = after.progress;
  const std::string who = after.id.text();
  if (is_final(before.progress.state)) broken("a final state changed: " + who);
  if (before.progress.attempt > p.attempt) broken("attempts went back: " + who);
  if (!after.history.empty() && after.history.back().to != p.state)
    broken("the history does not lead to the state: " + who);
  if (!is_final(p.state)) return;
  const auto real = p.attempt ? real_.find(attempt_token(after.id, p.attempt)) : real_.end();
  const bool ran = real != real_.end() && real->second.claimed;
  if (p.state == State::succeeded && !(ran && real->second.over && real->second.exit_code == 0))
    broken("success without proof: " + who);
  if (p.state == State::failed &&
      !(ran && real->second.over && (!p.exit_code || *p.exit_code == real->second.exit_code)))
    broken("failure without proof: " + who);
  if (p.state == State::lost && !(ran && real->second.vanished))
    broken("lost, though it can be seen: " + who);
  if (p.state == State::killed && ran && !real->second.over && !real->second.vanished)
    broken("killed, and still running: " + who);
  if (p.state == State::kill_failed) broken("kill-failed in a world where kills work: " + who);
}

void World::check_world() {
  for (const auto& [token, real] : real_)
    if (real.accepted > 1) broken("started twice: " + token);
  for (std::size_t i = 0; i < engine_->backends().all.size(); ++i) {
    const auto& backend = engine_->backends().all[i];
    std::array<std::uint32_t, state_count> counts{};
    for (const auto& [key, job] : engine_->jobs())
      if (job.backend == i) ++counts[static_cast<std::size_t>(job.progress.state)];
    if (counts != backend.counts) broken("the counters of " + backend.name + " are wrong");
    if (backend.limits.running && backend.held() > *backend.limits.running &&
        backend.name == "polled" && backend.starts_under_way > *backend.limits.running)
      broken("over the limit of " + backend.name);
  }
  for (const auto& [key, job] : engine_->jobs()) {
    if (!disk_.contains(key)) broken("a job that is not on disk: " + std::to_string(key));
  }
}

// -- backends -------------------------------------------------------------------------------------

void World::lose_backend(std::size_t index) {
  if (!backends_[index].up) return;
  tell("backend " + backend_names[index] + " crashes");
  backends_[index].up = false;
  backends_[index].up_at = time_ + Milliseconds(pick(50, 2'000));
  const auto b = engine_->backend(backend_names[index]);
  engine_->backend_down(b, "crashed");
  std::vector<Flight> lost;
  for (auto it = flights_.begin(); it != flights_.end();) {
    if (it->ask.backend == b) {
      lost.push_back(std::move(*it));
      it = flights_.erase(it);
    } else {
      ++it;
    }
  }
  for (Flight& flight : lost) {
    if (!flight.landed && !flight.lost_before && chance(0.5)) land(flight);
    engine_->failed(flight.ask.call, engine::CallFailure::crashed, "the backend crashed", now());
  }
}

void World::send(const engine::Ask& ask, bool gated) {
  Flight flight;
  flight.ask = ask;
  for (const JobKey key : ask.jobs) {
    const engine::Job* job = engine_->find(key);
    if (!job) continue;
    flight.tokens.emplace_back(key, attempt_token(job->id, job->progress.attempt));
    if (ask.method != engine::Method::start) continue;
    const Row& row = disk_.at(key);
    if (!gated) broken("a start that did not wait for its commit");
    if (row.progress.attempt != job->progress.attempt ||
        (row.progress.state != State::starting && row.progress.state != State::killing))
      broken("a start whose intent is not on disk: " + std::to_string(key));
  }
  if (!backends_[ask.backend].up) {
    engine_->failed(ask.call, engine::CallFailure::not_sent, "the backend is away", now());
    return;
  }
  flight.lands_at = time_ + Milliseconds(pick(1, 300));
  flight.answers_at = flight.lands_at + Milliseconds(pick(1, 300));
  if (faults_) {
    flight.lost_before = chance(0.03);
    flight.lost_after = chance(0.03);
    flight.cut = chance(0.03);
    flight.error = chance(0.03);
    if (chance(0.05)) flight.lands_at += Milliseconds(pick(1'000, 20'000));
    flight.answers_at = std::max(flight.answers_at, flight.lands_at + Milliseconds(1));
  }
  flights_.push_back(std::move(flight));
}

Observation World::look(const std::string& token) {
  const auto found = real_.find(token);
  if (found == real_.end() || found->second.accepted == 0 || found->second.vanished ||
      time_ < found->second.hidden_until)
    return observed::Gone{};
  Real& real = found->second;
  if (!real.over && real.claimed && time_ >= real.ends_at) real.over = true;
  if (real.over) {
    observed::Ended ended;
    if (real.killed) ended.signal = 15;
    else ended.exit_code = real.exit_code;
    return ended;
  }
  return real.claimed ? Observation(observed::Running{"running"}) : observed::Waiting{"Priority"};
}

// The request reaches the backend, and what it asks for happens.
void World::land(Flight& flight) {
  using namespace engine;
  flight.landed = true;
  const bool down = time_ < backends_[flight.ask.backend].down_until;
  for (const auto& [key, token] : flight.tokens) {
    if (auto poison = poison_.find(key); poison != poison_.end() && poison->second > 0) {
      --poison->second;
      flight.lost_before = true;  // it dies before it does anything
      const std::size_t index = flight.ask.backend;
      backends_[index].up_at = Milliseconds(-1);  // picked up by step()
      return;
    }
  }
  for (const auto& [key, token] : flight.tokens) {
    Real* real = real_.contains(token) ? &real_.at(token) : nullptr;
    const bool known = real && real->accepted > 0;
    switch (flight.ask.method) {
      case Method::start: {
        if (down && chance(0.7)) {
          flight.answers.emplace_back(key, event::StartInDoubt{"time-out at the scheduler"});
          if (chance(0.5)) break;  // ... and it had no effect
        } else if (faults_ && chance(0.05)) {
          flight.answers.emplace_back(key, event::Refused{chance(0.1), "full"});
          break;
        }
        Real& made = real_[token];
        ++made.accepted;
        made.claimed = true;
        made.exit_code = chance(0.3) ? pick(1, 9) : 0;
        made.visible_at = time_ + (flight.ask.backend == 1 ? Milliseconds(pick(0, 4'000)) : Milliseconds(0));
        made.ends_at = time_ + Milliseconds(pick(1, 60'000));
        if (flight.answers.empty()) flight.answers.emplace_back(key, event::Started{state_of(token)});
        break;
      }
      case Method::find:
        if (down) flight.answers.emplace_back(key, event::FindCannotTell{"down"});
        // What the scheduler forgot or hides is still found by the claim in its playground.
        else if (known && time_ >= real->visible_at)
          flight.answers.emplace_back(key, event::Found{state_of(token)});
        else flight.answers.emplace_back(key, event::Absent{});
        break;
      case Method::update:
        flight.answers.emplace_back(
            key, event::Observed{down ? Observation(observed::CannotTell{"down", {}}) : look(token), {}});
        break;
      case Method::kill:
        if (down) {
          flight.answers.emplace_back(key, event::KillCannotTell{"down"});
        } else {
          look(token);
          if (known && real->over) flight.answers.emplace_back(key, event::KillAlreadyOver{});
          else {
            if (known) real->killed = real->over = true;
            flight.answers.emplace_back(key, event::KillSent{});
          }
        }
        break;
    }
  }
}

void World::answer(Flight& flight) {
  if (flight.error) {
    engine_->failed(flight.ask.call, engine::CallFailure::refused, "garbage", now());
    return;
  }
  std::size_t count = flight.answers.size();
  if (flight.cut) count /= 2;
  for (std::size_t i = 0; i < count; ++i) {
    engine_->answered(flight.ask.call, flight.answers[i].first, flight.answers[i].second, now());
    if (faults_ && chance(0.05))  // said twice
      engine_->answered(flight.ask.call, flight.answers[i].first, flight.answers[i].second, now());
  }
  engine_->completed(flight.ask.call, now());
  if (faults_ && chance(0.05))  // and again, late
    for (const auto& [key, event] : flight.answers)
      engine_->answered(flight.ask.call, key, event, now());
}

// -- time -----------------------------------------------------------------------------------------

void World::step() {
  // To the next thing that happens, or a little.
  Milliseconds next = time_ + Milliseconds(1'000);
  if (const auto due = engine_->next_due(now().mono)) next = std::min(next, due->time_since_epoch());
  for (const auto& flight : flights_)
    next = std::min(next, flight.landed || flight.lost_before ? flight.answers_at : flight.lands_at);
  for (const auto& commit : commits_) next = std::min(next, commit.at);
  for (const auto& backend : backends_)
    if (!backend.up) next = std::min(next, backend.up_at);
  time_ = std::max(time_ + Milliseconds(engine_->size() ? 0 : 1), next);
  if (faults_ && chance(0.1)) time_ += Milliseconds(pick(1, 300));

  while (!commits_.empty() && commits_.front().at <= time_) {
    Commit done = std::move(commits_.front());
    commits_.erase(commits_.begin());
    commit(done);
    for (const auto& [key, row] : done.inserts)
      engine_->add({{key, row.id, row.backend, "/pg", row.retries, false, row.progress, {}, {}}}, {}, now());
    for (const auto& ask : done.step.asks_after_commit) send(ask, true);
  }
  for (std::size_t i = 0; i < backends_.size(); ++i) {
    if (backends_[i].up && backends_[i].up_at == Milliseconds(-1)) lose_backend(i);
    if (!backends_[i].up && backends_[i].up_at <= time_) {
      backends_[i].up = true;
      backends_[i].up_at = Milliseconds(0);
      engine_->backend_ready(engine_->backend(backend_names[i]), capabilities_of(i), false, now());
    }
  }
  for (std::size_t i = 0; i < flights_.size(); ++i)
    if (!flights_[i].landed && !flights_[i].lost_before && flights_[i].lands_at <= time_)
      land(flights_[i]);
  while (true) {
    const auto due = std::find_if(flights_.begin(), flights_.end(), [this](const Flight& f) {
      return f.answers_at <= time_ && backends_[f.ask.backend].up_at != Milliseconds(-1);
    });
    if (due == flights_.end()) break;
    if (due->lost_before || due->lost_after) {
      // No answer by the deadline: the process is replaced, and all that was under way is in doubt.
      lose_backend(due->ask.backend);
      continue;
    }
    Flight flight = std::move(*due);
    flights_.erase(due);
    answer(flight);
  }
  // Ends are announced by the first backend.
  std::vector<std::string> ended;
  for (auto& [token, real] : real_) {
    if (real.claimed && !real.over && time_ >= real.ends_at && !real.vanished) {
      real.over = true;
      ended.push_back(token);
    }
  }
  if (backends_[0].up && !(faults_ && chance(0.05)))
    engine_->changed(engine_->backend(backend_names[0]), ended, now());

  if (faults_) {
    if (chance(0.02)) crash();
    if (chance(0.02)) lose_backend(static_cast<std::size_t>(pick(0, 2)));
    if (chance(0.01)) {
      backends_[static_cast<std::size_t>(pick(0, 2))].down_until = time_ + Milliseconds(pick(1'000, 3'600'000));
      tell("a scheduler is down");
    }
    if (chance(0.05)) kill_one();
    if (chance(0.2)) submit();
    if (chance(0.02) && !real_.empty()) {
      auto at = real_.begin();
      std::advance(at, pick(0, static_cast<int>(real_.size()) - 1));
      if (!at->second.over && at->second.claimed) {
        if (chance(0.3)) at->second.vanished = true;
        else at->second.hidden_until = time_ + Milliseconds(pick(1'000, 50'000));
      }
    }
  }
  flush();
  check_world();
}

bool World::all_over() const {
  if (engine_->size() > 0 || !commits_.empty()) return false;
  for (const auto& [key, row] : disk_)
    if (!is_final(row.progress.state)) return false;
  return true;
}

std::string World::run() {
  for (int i = 0; i < 400 && broken_.empty(); ++i) step();
  tell("the faults stop");
  faults_ = false;
  for (auto& backend : backends_) backend.down_until = time_;
  const Milliseconds limit = time_ + Milliseconds(48 * 3'600'000);
  for (int i = 0; i < 200'000 && broken_.empty() && !all_over(); ++i) {
    step();
    if (time_ > limit) break;
  }
  if (broken_.empty() && !all_over()) {
    std::string who;
    for (const auto& [key, job] : engine_->jobs())
      who += " " + std::to_string(key) + ":" + std::string(to_string(job.progress.state)) +
             (job.progress.doubt ? "(doubt)" : "") + (job.progress.set_aside ? "(aside)" : "") +
             (job.suspect ? "(suspect)" : "") + " " + job.progress.reason;
    broken("the faults stopped, and these never ended:" + who);
  }
  return broken_;
}

}  // namespace ketrew::simulation
