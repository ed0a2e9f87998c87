#include "tests/simulation/world.hpp"

#include "app/ketrewd/take_up.hpp"
#include "tests/simulation/planted_store.hpp"

namespace ketrew::simulation {
namespace {

engine::Settings settings_of(Rule broken) {
  engine::Settings s;
  s.max_attempts = 4;
  s.lost_after = Milliseconds(broken == Rule::gone_needs_a_grace ? 1 : 60'000);
  return s;
}

}  // namespace

World::World(std::uint64_t seed, WorldOptions options)
    : options_(options), dice_(seed), ids_(seed ^ 0x5eed) {
  if (options_.real_store) {
    auto home = std::make_unique<RealHome>(dice_.next(), dice_.chance(0.01));
    real_ = home.get();
    real_->disk.faults.sync_lies = broken_rule(Rule::commits_are_synced);
    home_ = std::move(home);
  } else {
    auto home = std::make_unique<ModelHome>();
    model_ = home.get();
    home_ = std::move(home);
  }
  home_->watch.broken = [this](const std::string& what) { broken(what); };
  home_->watch.changed = [this](JobKey key, const Progress& before, const Ledger::Row& after) {
    check_change(key, before, after);
  };
  cluster_.emplace(dice_, clocks_.time, options_.broken,
                   [this](const std::string& what) { tell([&] { return what; }); },
                   [this](const std::string& what) { broken(what); });
  if (broken_rule(Rule::timers_ring)) loop_.deaf = [this] { return dice_.chance(0.2); };
  backends_.resize(3);
  boot();
}

World::~World() {
  freeze();
  down();
  zombie_.reset();
}

void World::tell_text(const std::string& what) {
  story_.push_back(std::to_string(clocks_.time.count()) + " " + what);
}

void World::broken(const std::string& what) {
  tell([&] { return "BROKEN: " + what; });
  if (broken_.empty()) broken_ = std::to_string(clocks_.time.count()) + " ms: " + what;
}

// -- the daemon ------------------------------------------------------------------------------------

void World::boot() {
  auto opened = home_->open();
  if (!opened) {
    tell([&] { return "the daemon does not come up: " + opened.error().text(); });
    boot_at_ = clocks_.time + Milliseconds(dice_.pick(500, 5'000));
    return;
  }
  store_ = planted(std::move(*opened), options_.broken, dice_);
  succeeded_ = true;
  take_up();
  check_promises();
}

void World::take_up() {
  engine_ = std::make_unique<engine::Engine>(settings_of(options_.broken), store_->last_sequence());
  last_key_ = store_->last_key();
  ids_.after(store_->last_id());
  load_backends();
  const auto taken = daemon::take_up(*engine_, *store_, store_->take_unfinished(), clocks_.now());
  tell([&] {
    return "the daemon is up: " + std::to_string(taken.attached) + " jobs attached, " +
           std::to_string(taken.doubts) + " in doubt, " + std::to_string(taken.waiting) + " waiting";
  });
  conductor_ = std::make_unique<daemon::Conductor>(loop_, *engine_, *store_);
  conductor_->on_ask([this](const engine::Ask& ask) { send(ask); });
  conductor_->on_committed([](const std::vector<HistoryEntry>&) {});
  conductor_->on_evaluations([](std::vector<engine::Evaluation>) {});
  conductor_->pump();
}

void World::down() {
  if (store_) store_->abandon();
  conductor_.reset();
  engine_.reset();
  store_.reset();
  loop_.clear();
  write_at_.reset();
}

void World::freeze() { home_->stop(); }

// kill -9, or the machine goes down.
void World::crash(bool power) {
  tell([&] { return power ? "the power fails" : "the daemon is killed"; });
  // Calls that were sent may still take effect; their answers reach nobody.
  for (Flight& flight : flights_)
    if (!flight.landed && !flight.lost_before && dice_.chance(0.7)) land(flight);
  flights_.clear();
  old_answers_.clear();
  if (model_ && store_ && dice_.chance(0.5)) {  // what was being written is there, and nobody was told
    store_->abandon();
    store_->write();
  }
  if (store_ && real_ && !power && !zombie_ && !real_->disk.stopped() && dice_.chance(0.15)) {
    // It was not killed, but stopped: it will go on when nobody expects it.
    tell([] { return "(it was only stopped)"; });
    store_->abandon();
    zombie_ = std::move(store_);
    succeeded_ = false;
    down();
  } else {
    if (power) freeze();
    zombie_.reset();
    freeze();  // the other one leaves its files as a kill does
    down();
    home_->crashed(power);
  }
  if (model_) model_->disk_full = false;
  if (power) clocks_.booted = clocks_.time - Milliseconds(dice_.pick(100, 5'000));
  for (BackendLife& backend : backends_) backend.up = backend.dying = false;
  boot_at_ = clocks_.time + Milliseconds(dice_.pick(0, 3'000));
}

void World::write() {
  write_at_.reset();
  if (real_ && sometimes(Rule::totals_are_true, 0.1))
    real_->tampering = "UPDATE totals SET jobs = jobs + 1 WHERE state = 9";
  if (real_ && faults_ && dice_.chance(0.02)) real_->disk.stop_after(dice_.pick(1, 25));
  const Milliseconds wait = store_->write();
  if (real_ && real_->disk.stopped()) return crash(dice_.chance(0.7));
  if (store_->dead()) {
    tell([] { return "the store stops for ever: the daemon is started anew"; });
    return crash(false);
  }
  if (wait > Milliseconds(0)) {
    tell([&] { return "writing fails: " + store_->problem(); });
    write_at_ = clocks_.time + wait;
  }
}

// -- time ------------------------------------------------------------------------------------------

// To the next thing that happens, or a little.
void World::pass_time() {
  Milliseconds next = clocks_.time + Milliseconds(1'000);
  if (engine_) {
    if (const auto wake = loop_.next()) next = std::min(next, *wake);
    if (write_at_) next = std::min(next, *write_at_);
  } else {
    next = std::min(next, boot_at_);
  }
  for (const Flight& flight : flights_)
    next = std::min(next, flight.landed || flight.lost_before ? flight.answers_at : flight.lands_at);
  for (const BackendLife& backend : backends_)
    if (engine_ && !backend.up) next = std::min(next, backend.up_at);
  clocks_.time = std::max(clocks_.time + Milliseconds(engine_ && engine_->size() ? 0 : 1), next);
  if (faults_ && dice_.chance(0.1)) clocks_.time += Milliseconds(dice_.pick(1, 300));
}

void World::step() {
  if (real_ && real_->disk.stopped()) crash(dice_.chance(0.7));
  pass_time();
  cluster_->pass_time();
  if (!engine_ && boot_at_ <= clocks_.time) boot();
  if (engine_) {
    backends_step();
    clients_step();
    conductor_->pump();
    loop_.run();
    if (write_at_ && *write_at_ <= clocks_.time) write();
  }
  if (engine_) {
    loop_.run();
    if (store_->wants_to_write() && !write_at_)
      write_at_ = clocks_.time + Milliseconds(dice_.pick(0, 20));
  }
  if (faults_) faults();
  if (engine_) check_world();
}

void World::faults() {
  if (dice_.chance(0.02)) crash(dice_.chance(0.3));
  if (dice_.chance(0.02)) lose_backend(dice_.below(3));
  if (dice_.chance(0.01)) {
    backends_[dice_.below(3)].down_until = clocks_.time + Milliseconds(dice_.pick(1'000, 20'000'000));
    tell([] { return "a scheduler is down"; });
  }
  if (dice_.chance(0.04)) kill_one();
  if (dice_.chance(0.005)) settle_one();
  if (dice_.chance(0.01)) pause_one();
  if (dice_.chance(0.03)) resume_one();
  if (dice_.chance(0.04)) cluster_->trouble();
  if (dice_.chance(0.01)) {
    clocks_.wall += Milliseconds(dice_.pick(-86'400'000, 86'400'000));
    tell([] { return "the wall clock jumps"; });
  }
  if (zombie_ && succeeded_ && dice_.chance(0.05)) {
    tell([] { return "the daemon that was stopped goes on"; });
    if (broken_rule(Rule::epoch_is_checked)) real_->tampering = "UPDATE owner SET epoch = epoch - 1";
    const bool had = zombie_->wants_to_write();
    zombie_->write();
    if (had && !zombie_->dead() && real_->disk.failures() == 0 && !real_->disk.faults.full &&
        !real_->disk.faults.locked && zombie_->problem().empty())
      broken("a daemon that lost its database goes on writing");
    zombie_.reset();
  }
  disk_faults();
}

void World::disk_faults() {
  if (model_) {
    if (dice_.chance(0.01)) model_->disk_full = true;
    else if (model_->disk_full && dice_.chance(0.1)) model_->disk_full = false;
    return;
  }
  MemoryDisk::Faults& f = real_->disk.faults;
  const auto trouble = [&](double p, const std::string& what, auto begin) {
    if (!dice_.chance(p)) return;
    tell([&] { return what; });
    begin();
  };
  if (dice_.chance(0.1)) disk_heals();
  trouble(0.01, "the disk is full", [&] { f.full = true; });
  trouble(0.01, "another process has the lock", [&] { f.locked = true; });
  trouble(0.01, "writes begin to fail", [&] { f.write = dice_.chance(0.5) ? 0.02 : 0.3; });
  trouble(0.01, "syncs begin to fail", [&] { f.sync = dice_.chance(0.5) ? 0.05 : 0.5; });
  trouble(0.005, "reads begin to fail", [&] { f.read = 0.02; });
  if (store_ && dice_.chance(0.02)) {
    tell([] { return "the log is copied into the database"; });
    store_->checkpoint();
  }
  if (dice_.chance(0.005)) real_->disk.stop_after(dice_.pick(1, 60));
}

void World::disk_heals() {
  if (model_) model_->disk_full = false;
  if (!real_) return;
  MemoryDisk::Faults& f = real_->disk.faults;
  if (f.full || f.locked || f.read + f.write + f.sync > 0) tell([] { return "the disk is well"; });
  f.full = f.locked = false;
  f.read = f.write = f.sync = 0;
}

bool World::all_over() const {
  if (!engine_ || engine_->size() > 0 || store_->wants_to_write()) return false;
  if (std::any_of(clients_.begin(), clients_.end(), [](const Client& c) { return !c.done; })) return false;
  const auto& rows = home_->ledger.rows();
  return std::all_of(rows.begin(), rows.end(),
                     [](const auto& each) { return is_final(each.second.progress.state); });
}

std::string World::unfinished() const {
  std::string who;
  if (!engine_) return " (no daemon came up)";
  for (const auto& [key, job] : engine_->jobs())
    who += " " + std::to_string(key) + ":" + std::string(to_string(job.progress.state)) +
           (job.progress.doubt ? "(doubt)" : "") + (job.progress.set_aside ? "(aside)" : "") +
           (job.suspect ? "(suspect)" : "") + " " + job.progress.reason;
  for (const Client& client : clients_)
    if (!client.done) who += " a client waits for an answer";
  return who;
}

std::string World::run() {
  const int steps = dice_.pick(20, real_ ? 150 : 300);
  for (int i = 0; i < steps && broken_.empty(); ++i) step();
  tell([] { return "the faults stop"; });
  faults_ = false;
  disk_heals();
  if (dice_.chance(0.9))  // in the others they come back by themselves, hours later
    for (BackendLife& backend : backends_) backend.down_until = clocks_.time;
  if (real_) real_->disk.go_on();
  const Milliseconds limit = clocks_.time + Milliseconds(48 * 3'600'000);
  for (int i = 0; i < 100'000 && broken_.empty() && !all_over() && clocks_.time < limit; ++i) {
    step();
    if (engine_ && i % 16 == 0 && !engine_->pauses().empty()) resume_one();
  }
  if (broken_.empty() && !all_over()) broken("the faults stopped, and these never ended:" + unfinished());
  if (broken_.empty())
    if (const std::string differs = home_->compare(); !differs.empty())
      broken("what was committed is not what is there: " + differs);
  if (broken_.empty()) check_promises();
  return broken_;
}

}  // namespace ketrew::simulation
