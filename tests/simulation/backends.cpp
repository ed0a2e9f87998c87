// The world's backends: calls that are slow, lost before or after their effect, answered in part,
// twice, late; processes that crash, of themselves or over one job; schedulers that are away for hours.
#include "tests/simulation/world.hpp"

namespace ketrew::simulation {
namespace {

const std::array<std::string, 3> backend_names = {"events", "polled", "exact"};

std::string state_of(const std::string& token, int version) {
  return "{\"token\":\"" + token + "\",\"version\":" + std::to_string(version) + "}";
}

Milliseconds lag_of(std::size_t backend) { return Milliseconds(backend == 1 ? 5'000 : 0); }

engine::Capabilities capabilities_of(std::size_t index, Rule broken) {
  engine::Capabilities c;
  c.events = index == 0;
  c.visibility_lag = broken == Rule::absence_needs_a_lag ? Milliseconds(0) : lag_of(index);
  c.batch = index == 2 ? 3 : 10'000;
  return c;
}

}  // namespace

std::string token_in(const std::string& state) {
  const auto from = state.find(":\"") + 2;
  return state.substr(from, state.find('"', from) - from);
}

void World::load_backends() {
  for (std::size_t i = 0; i < backends_.size(); ++i) {
    const auto index = engine_->backend(backend_names[i]);
    engine::Limits limits;
    if (i == 1) limits.running = 5;
    if (i == 2) limits.starts_per_second = 2;
    engine_->set_limits(index, limits);
    backends_[i].up = backends_[i].dying = false;
    backends_[i].up_at = clocks_.time + Milliseconds(dice_.pick(1, 500));
  }
}

void World::lose_backend(std::size_t index) {
  if (!engine_ || !backends_[index].up) return;
  tell([&] { return "backend " + backend_names[index] + " crashes"; });
  backends_[index].up = backends_[index].dying = false;
  backends_[index].up_at = clocks_.time + Milliseconds(dice_.pick(50, 2'000));
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
    if (!flight.landed && !flight.lost_before && dice_.chance(0.5)) land(flight);
    engine_->failed(flight.ask.call, engine::CallFailure::crashed, "the backend crashed", clocks_.now());
  }
  conductor_->pump();
}

// -- the engine's questions ------------------------------------------------------------------------

std::string World::token_of(const engine::Ask& ask, const engine::Job& job) {
  if (ask.method == engine::Method::update || ask.method == engine::Method::kill)
    return token_in(job.progress.backend_state);
  const std::string token = attempt_token(job.id, job.progress.attempt);
  if (!broken_rule(Rule::token_reused)) return token;
  int& count = starts_[token];
  if (ask.method == engine::Method::start) ++count;
  return token + "-" + std::to_string(count);
}

void World::send(const engine::Ask& ask) {
  Flight flight;
  flight.ask = ask;
  for (const JobKey key : ask.jobs) {
    const engine::Job* job = engine_->find(key);
    if (!job) continue;
    const bool known = !job->progress.backend_state.empty();
    const bool single = ask.method == engine::Method::start || ask.method == engine::Method::find;
    if (!single && !known) continue;
    flight.tokens.emplace_back(key, token_of(ask, *job));
    if (ask.method != engine::Method::start) continue;
    const Ledger::Row* row = home_->ledger.find(key);
    if (!row || row->progress.attempt != job->progress.attempt ||
        (row->progress.state != State::starting && row->progress.state != State::killing))
      broken("a start whose intent is not on disk: job " + std::to_string(key));
  }
  if (flight.tokens.empty() || !backends_[ask.backend].up) {
    // At the next turn, as the daemon does.
    loop_.post([this, call = ask.call] {
      engine_->failed(call, engine::CallFailure::not_sent, "the backend is away", clocks_.now());
      conductor_->pump();
    });
    return;
  }
  flight.lands_at = clocks_.time + Milliseconds(dice_.pick(1, 300));
  flight.answers_at = flight.lands_at + Milliseconds(dice_.pick(1, 300));
  if (faults_) {
    flight.lost_before = dice_.chance(0.03);
    flight.lost_after = dice_.chance(0.03);
    flight.cut = dice_.chance(0.03);
    flight.error = dice_.chance(0.03);
    flight.late = ask.method == engine::Method::start && dice_.chance(0.02);
    if (dice_.chance(0.05)) flight.lands_at += Milliseconds(dice_.pick(1'000, 20'000));
    flight.answers_at = std::max(flight.answers_at, flight.lands_at + Milliseconds(1));
  }
  flights_.push_back(std::move(flight));
}

// The request reaches the backend, and what it asks for happens.
void World::land(Flight& flight) {
  flight.landed = true;
  for (const auto& [key, token] : flight.tokens) {
    if (auto poison = poison_.find(key); poison != poison_.end() && poison->second > 0) {
      --poison->second;
      flight.lost_before = true;  // it dies before it does anything
      backends_[flight.ask.backend].dying = true;  // picked up by backends_step
      tell([&] { return "job " + std::to_string(key) + " crashes its backend"; });
      return;
    }
  }
  for (const auto& [key, token] : flight.tokens) land_one(flight, key, token);
}

void World::land_one(Flight& flight, JobKey key, const std::string& token) {
  using namespace engine;
  const bool away = clocks_.time < backends_[flight.ask.backend].down_until;
  const auto answers = [&](Event event) { flight.answers.emplace_back(key, std::move(event)); };
  const int version = dice_.chance(0.1) ? dice_.pick(1, 9) : 0;
  switch (flight.ask.method) {
    case Method::start: {
      const std::uint32_t attempt = static_cast<std::uint32_t>(
          std::stoul(token.substr(JobId::text_size + 1)));
      if (away && dice_.chance(0.7)) {
        answers(event::StartInDoubt{"time-out at the scheduler"});
        if (dice_.chance(0.5)) return;  // ... and it had no effect
      } else if (flight.late) {
        answers(event::StartInDoubt{"time-out at the scheduler"});
      } else if (faults_ && dice_.chance(0.05)) {
        answers(event::Refused{dice_.chance(0.1), "full"});
        return;
      } else {
        answers(event::Started{state_of(token, version)});
      }
      const auto lag = lag_of(flight.ask.backend);
      const auto seen_after =
          Milliseconds(lag.count() == 0 ? 0 : dice_.pick(0, static_cast<int>(lag.count()) - 1));
      tell([&] { return std::string("the scheduler ") + (flight.late ? "takes (late) " : "takes ") + token; });
      cluster_->start(key, attempt, token, seen_after, flight.late);
      return;
    }
    case Method::find:
      if (away) return answers(event::FindCannotTell{"down"});
      if (cluster_->find(token) && !broken_rule(Rule::find_before_restart))
        return answers(event::Found{state_of(token, version)});
      return answers(event::Absent{});
    case Method::update: {
      Observation seen = cluster_->look(token);
      if (away) {
        seen = observed::CannotTell{"down", {}};
        if (broken_rule(Rule::cannot_tell_is_no_news)) seen = observed::Gone{};
        if (broken_rule(Rule::failure_needs_proof)) seen = observed::Ended{1, {}, {}};
      }
      return answers(event::Observed{seen, version ? state_of(token, version) : std::string()});
    }
    case Method::kill:
      if (away) return answers(event::KillCannotTell{"down"});
      if (cluster_->kill(token)) return answers(event::KillSent{});
      return answers(event::KillAlreadyOver{});
  }
}

// -- answers ---------------------------------------------------------------------------------------

void World::answered(engine::CallId call, JobKey job, const engine::Event& event) {
  engine_->answered(call, job, event, clocks_.now());
  if (faults_ && old_answers_.size() < 50 && dice_.chance(0.2)) old_answers_.push_back({call, job, event});
}

void World::answer(Flight& flight) {
  if (flight.error) {
    engine_->failed(flight.ask.call, engine::CallFailure::refused, "garbage", clocks_.now());
    return;
  }
  std::size_t count = flight.answers.size();
  if (flight.cut) count /= 2;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [key, event] = flight.answers[i];
    answered(flight.ask.call, key, event);
    if (faults_ && dice_.chance(0.05)) answered(flight.ask.call, key, event);  // said twice
  }
  engine_->completed(flight.ask.call, clocks_.now());
}

void World::backends_step() {
  for (std::size_t i = 0; i < backends_.size(); ++i) {
    if (backends_[i].dying) lose_backend(i);
    if (!backends_[i].up && backends_[i].up_at <= clocks_.time) {
      backends_[i].up = true;
      engine_->backend_ready(engine_->backend(backend_names[i]),
                             capabilities_of(i, options_.broken), faults_ && dice_.chance(0.05),
                             clocks_.now());
    }
  }
  for (std::size_t i = 0; i < flights_.size(); ++i)
    if (!flights_[i].landed && !flights_[i].lost_before && flights_[i].lands_at <= clocks_.time)
      land(flights_[i]);
  while (true) {
    const auto due = std::find_if(flights_.begin(), flights_.end(), [this](const Flight& f) {
      return f.answers_at <= clocks_.time && !backends_[f.ask.backend].dying;
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
  // What was answered long ago is said again.
  if (!old_answers_.empty() && faults_ && dice_.chance(0.2)) {
    OldAnswer old = old_answers_[dice_.below(old_answers_.size())];
    if (broken_rule(Rule::old_answers_are_dropped))
      if (const engine::Job* job = engine_->find(old.job); job && job->call != 0) old.call = job->call;
    engine_->answered(old.call, old.job, old.event, clocks_.now());
  }
  // Ends are announced by the first backend; so are, now and then, attempts of long ago.
  std::vector<std::string> tokens = cluster_->take_ended();
  if (faults_ && dice_.chance(0.02))
    if (const std::string* some = cluster_->some_token()) tokens.push_back(*some);
  if (!tokens.empty() && backends_[0].up && !(faults_ && dice_.chance(0.05)))
    engine_->changed(engine_->backend(backend_names[0]), tokens, clocks_.now());
}

}  // namespace ketrew::simulation
