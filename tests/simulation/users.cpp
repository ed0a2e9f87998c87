// The world's users: submissions that are repeated until they are answered, kills, pauses, verdicts.
#include "tests/simulation/world.hpp"

namespace ketrew::simulation {
namespace {

const std::array<std::string, 3> backend_names = {"events", "polled", "exact"};

}  // namespace

void World::submit(Client& client) {
  client.next_try = clocks_.time + Milliseconds(dice_.pick(2'000, 20'000));
  if (!store_->problem().empty()) return;  // refused at the door
  store::Submission submission;
  JobRecord record;
  record.key = ++last_key_;
  record.id = ids_.next(unix_milliseconds(clocks_.now().wall));
  record.spec = client.spec;
  record.submitted_at = clocks_.now().wall;
  record.progress.state = engine::initial_state(true, false, 0);
  HistoryEntry entry;
  entry.sequence = engine_->next_sequence();
  entry.job = record.key;
  entry.id = record.id;
  entry.at = clocks_.now().wall;
  entry.from = State::passive;
  entry.to = record.progress.state;
  entry.reason = "submitted";
  submission.history.push_back(entry);
  if (!broken_rule(Rule::same_key_same_job)) submission.idempotency_key = client.key;
  submission.fingerprint = client.spec.name;
  if (dice_.chance(0.02)) poison_[record.key] = dice_.pick(1, 12);
  tell([&] { return "a client asks for " + client.spec.name + ", as job " + std::to_string(record.key); });
  std::vector<engine::Restored> jobs = {{record.key, record.id, client.spec.backend, client.spec.host,
                                         client.spec.retries, false, record.progress,
                                         client.spec.timeout.value_or(Milliseconds(0)), {}, 0}};
  submission.jobs.push_back(std::move(record));
  const auto number = static_cast<std::size_t>(&client - clients_.data());
  conductor_->submit(std::move(submission), std::move(jobs), {}, [this, number](const Result<store::Accepted>& accepted) {
    Client& asking = clients_[number];
    if (!accepted) {
      tell([&] { return asking.spec.name + " is refused: " + accepted.error().what; });
      if (accepted.error().kind != ErrorKind::unavailable)
        broken("a good submission is refused for ever: " + accepted.error().text());
      return;
    }
    if (faults_ && dice_.chance(0.1)) return;  // the answer is lost on its way
    const JobId& id = accepted->ids.at(0);
    tell([&] { return asking.spec.name + " is acknowledged: " + id.text(); });
    if (asking.answer && *asking.answer != id) broken("one request has two jobs: " + asking.spec.name);
    asking.answer = id;
    acknowledged_.insert(id);
    // Some ask once more, though they know.
    asking.done = asking.key.empty() || !faults_ || dice_.chance(0.9);
  });
}

void World::clients_step() {
  if (faults_ && dice_.chance(0.15)) {
    Client client;
    client.spec.name = "request " + std::to_string(clients_.size() + 1);
    if (dice_.chance(0.8)) client.key = client.spec.name;
    client.spec.backend = backend_names[dice_.below(3)];
    client.spec.host = "/pg";
    client.spec.program.commands = {Command{"", {"true"}}};
    client.spec.retries = RetryPolicy::each(static_cast<std::uint16_t>(dice_.pick(0, 2)));
    if (dice_.chance(0.1)) client.spec.timeout = Milliseconds(dice_.pick(5'000, 40'000));
    clients_.push_back(std::move(client));
  }
  for (Client& client : clients_) {
    if (client.done || client.next_try > clocks_.time) continue;
    // Without a key it cannot ask again: it might get a second job.
    if (client.key.empty() && client.next_try > Milliseconds(0)) client.done = true;
    else submit(client);
  }
}

void World::kill_one() {
  if (!engine_ || engine_->size() == 0) return;
  const auto& rows = home_->ledger.rows();
  if (rows.empty()) return;
  auto at = rows.begin();
  std::advance(at, dice_.below(rows.size()));
  const JobKey key = at->first;
  const engine::Job* job = engine_->find(key);
  if (!job) return;
  tell([&] { return "the user kills job " + std::to_string(key); });
  if (!(broken_rule(Rule::kill_is_kept) && job->progress.state == State::starting))
    engine_->kill(key, "killed by the user", clocks_.now());
  conductor_->after_commit([this, key] { kills_.insert(key); });
}

void World::settle_one() {
  if (!engine_ || engine_->size() == 0) return;
  const JobKey key = dice_.pick(1, static_cast<int>(last_key_));
  if (!engine_->find(key)) return;
  tell([&] { return "the user says how job " + std::to_string(key) + " ended"; });
  settled_.insert(key);
  engine_->settle_as(key, {dice_.chance(0.5), dice_.chance(0.3), "set by the user: seen"}, clocks_.now());
  conductor_->pump();
}

// -- pauses ----------------------------------------------------------------------------------------

void World::set_paused(const Pause& what, bool on) {
  if (!on) pauses_.erase(what);
  const int order = ++pause_orders_[what];
  conductor_->set_paused({what}, on, [this, what, on, order](const Result<>& done) {
    tell([&] { return std::string(on ? "paused" : "resumed") + (done ? "" : ", not: it cannot be stored"); });
    if (!done || !on) return;
    if (broken_rule(Rule::pause_holds)) engine_->resume(what);
    if (pause_orders_[what] == order) pauses_[what] = engine_->next_sequence();  // nobody has asked since
  });
}

void World::pause_one() {
  if (!engine_ || last_key_ == 0) return;
  Pause what{PauseKind::job, dice_.pick(1, static_cast<int>(last_key_)), {}};
  if (dice_.chance(0.3)) what = {PauseKind::host, 0, "/pg"};
  else if (dice_.chance(0.3)) what = {PauseKind::backend, 0, backend_names[dice_.below(3)]};
  if (what.kind == PauseKind::job && !engine_->find(what.key)) return;
  tell([&] { return "the user pauses a " + std::string(to_string(what.kind)); });
  set_paused(what, true);
}

void World::resume_one() {
  if (!engine_ || engine_->pauses().empty()) return;
  auto at = engine_->pauses().begin();
  std::advance(at, dice_.below(engine_->pauses().size()));
  tell([&] { return "the user resumes a " + std::string(to_string(at->kind)); });
  set_paused(Pause(*at), false);
}

}  // namespace ketrew::simulation
