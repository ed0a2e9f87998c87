// A random world around the daemon's engine, conductor and store, made from one seed. See README.md.
#pragma once

#include "app/ketrewd/conductor.hpp"
#include "tests/simulation/cluster.hpp"
#include "tests/simulation/model_store.hpp"
#include "tests/simulation/real_store.hpp"
#include "tests/simulation/virtual_loop.hpp"

namespace ketrew::simulation {

struct WorldOptions {
  bool real_store = false;  // else a model of it: a hundred times as many worlds in the same time
  Rule broken = Rule::none;
  bool story = false;  // kept for people; costs more than the rest
};

// The token that a backend's state is about.
std::string token_in(const std::string& state);

class World {
 public:
  World(std::uint64_t seed, WorldOptions options);
  ~World();
  // Runs faults for a while, then without them until every job ended. "" or what was broken.
  std::string run();
  // What happened, in order.
  const std::vector<std::string>& story() const { return story_; }

 private:
  struct Flight {  // a call under way to a backend
    engine::Ask ask;
    std::vector<std::pair<JobKey, std::string>> tokens;
    Milliseconds lands_at{}, answers_at{};
    bool landed = false, lost_before = false, lost_after = false, cut = false, error = false;
    bool late = false;  // a start that takes effect after all patience
    std::vector<std::pair<JobKey, engine::Event>> answers;
  };
  struct BackendLife {
    bool up = false, dying = false;
    Milliseconds up_at{};
    Milliseconds down_until{};  // the scheduler behind it: every answer is cannot-tell
  };
  // Somebody who wants a job, and asks until there is an answer.
  struct Client {
    std::string key;  // of the request; empty: asked once, and whatever comes of it
    JobSpec spec;
    Milliseconds next_try{};
    std::optional<JobId> answer;
    bool done = false;
  };
  struct OldAnswer {
    engine::CallId call = 0;
    JobKey job = 0;
    engine::Event event;
  };

  bool broken_rule(Rule rule) const { return options_.broken == rule; }
  bool sometimes(Rule rule, double p) { return broken_rule(rule) && dice_.chance(p); }
  // `what` is made into words only where there is a story.
  template <class F>
  void tell(F what) {
    if (options_.story) tell_text(what());
  }
  void tell_text(const std::string& what);
  void broken(const std::string& what);

  // world.cpp: the machine and its time
  void boot();
  void take_up();
  void down();
  void crash(bool power);
  void freeze();
  void step();
  void pass_time();
  void write();
  void faults();
  void disk_faults();
  void disk_heals();
  bool all_over() const;
  std::string unfinished() const;

  // backends.cpp: between the engine and the cluster
  void load_backends();
  void send(const engine::Ask& ask);
  void land(Flight& flight);
  void land_one(Flight& flight, JobKey key, const std::string& token);
  void answer(Flight& flight);
  void answered(engine::CallId call, JobKey job, const engine::Event& event);
  void backends_step();
  void lose_backend(std::size_t index);
  std::string token_of(const engine::Ask& ask, const engine::Job& job);

  // users.cpp
  void submit(Client& client);
  void clients_step();
  void kill_one();
  void settle_one();
  void pause_one();
  void resume_one();
  void set_paused(const Pause& what, bool on);

  // checks.cpp
  void check_change(JobKey key, const Progress& before, const Ledger::Row& after);
  void check_end(JobKey key, const Ledger::Row& row);
  void check_world();
  void check_promises();
  std::string waits_for(const engine::Job& job) const;

  const WorldOptions options_;
  Dice dice_;
  Clocks clocks_;
  bool faults_ = true;
  std::string broken_;
  std::vector<std::string> story_;

  std::unique_ptr<Home> home_;
  RealHome* real_ = nullptr;    // the same, where it is one
  ModelHome* model_ = nullptr;
  std::optional<Cluster> cluster_;

  // Of the daemon that runs.
  VirtualLoop loop_{clocks_};
  std::unique_ptr<SimStore> store_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<daemon::Conductor> conductor_;
  std::optional<Milliseconds> write_at_;
  Milliseconds boot_at_{};
  // Of a daemon that was stopped, and goes on later; whether another has begun by then.
  std::unique_ptr<SimStore> zombie_;
  bool succeeded_ = false;
  JobIdSource ids_;
  JobKey last_key_ = 0;

  std::vector<Flight> flights_;
  std::vector<BackendLife> backends_;
  std::vector<OldAnswer> old_answers_;
  std::map<JobKey, int> poison_;  // crashes its backend this many more times
  std::map<std::string, int> starts_;  // of tokens; for a rule that is broken

  std::vector<Client> clients_;
  std::set<JobId> acknowledged_;
  std::set<JobKey> kills_;    // acknowledged
  std::set<JobKey> settled_;  // by the user: no proof is asked for
  std::map<Pause, int> pause_orders_;     // requests about it so far
  std::map<Pause, std::int64_t> pauses_;  // acknowledged, and the sequence number as of which
};

}  // namespace ketrew::simulation
