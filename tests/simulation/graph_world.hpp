// Graphs in a random world: conditions, edges of all kinds, orphans, kills, crashes of the daemon
// between any two steps. Backends are honest here: `World` is about those that are not.
#pragma once

#include "app/ketrewd/conductor.hpp"
#include "tests/simulation/model_store.hpp"
#include "tests/simulation/real_store.hpp"
#include "tests/simulation/virtual_loop.hpp"

namespace ketrew::simulation {

class GraphWorld {
 public:
  // `calm`: nobody kills, nothing changes by itself and all jobs come at once, so that the outcome of
  // each is known beforehand; the daemon crashes all the same. `real_store`: else a model of it.
  GraphWorld(std::uint64_t seed, bool calm, bool real_store, bool story);
  ~GraphWorld();
  // "" or what was broken.
  std::string run();
  const std::vector<std::string>& story() const { return story_; }

 private:
  // What a job is, whatever becomes of it.
  struct Plan {
    bool active = false, has_condition = false;
    bool holds_before = false;  // its product is there from the beginning
    bool makes = true;          // running it makes the product
    bool breaks = false;        // its condition can never be evaluated
    int exit_code = 0;
    std::vector<JobKey> needs, on_success, on_failure;
    bool killed_by_user = false;
  };
  struct Later {  // an answer on its way
    Milliseconds at{};
    std::function<void()> what;
  };

  Now now() const { return clocks_.now(); }
  bool chance(double p) { return dice_.chance(p); }
  int pick(int low, int high) { return dice_.pick(low, high); }
  void tell(const std::string& what) {
    if (tells_) story_.push_back(std::to_string(clocks_.time.count()) + " " + what);
  }
  void broken(const std::string& what) {
    tell("BROKEN: " + what);
    if (broken_.empty()) broken_ = std::to_string(clocks_.time.count()) + " ms: " + what;
  }
  void later(int most, std::function<void()> what) {
    later_.push_back({clocks_.time + Milliseconds(pick(1, most)), std::move(what)});
  }

  void boot();
  void down();
  void crash();
  void submit(int count);
  void plan(int count);
  Plan draw(JobKey key, JobKey first, int count);
  void kill_one();
  void step();
  const Progress& row(JobKey key) const { return home_->ledger.find(key)->progress; }
  const std::map<JobKey, Ledger::Row>& rows() const { return home_->ledger.rows(); }
  void send(const engine::Ask& ask);
  void evaluate(const engine::Evaluation& evaluation);
  bool all_over() const;

  void check_step();
  void check_end();
  void check_outcome(JobKey key);
  // What the rules say, thought out anew from the plans alone.
  State outcome_if_asked(JobKey key);
  void ask_for(JobKey key, bool surely, std::set<JobKey>& asked);
  bool well(JobKey key) { return status_of(outcome_if_asked(key)) == Status::successful; }

  Dice dice_;
  const bool calm_, tells_;
  bool restless_ = true;  // crashes and kills go on
  Clocks clocks_;
  std::unique_ptr<Home> home_;
  MemoryDisk* disk_ = nullptr;  // of the home, where it is a real one
  VirtualLoop loop_{clocks_};
  std::unique_ptr<SimStore> store_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<daemon::Conductor> conductor_;
  std::optional<Milliseconds> write_at_;
  JobIdSource ids_;
  JobKey last_key_ = 0;
  bool submitting_ = false;
  std::map<JobKey, Plan> plans_;
  std::map<std::string, int> started_;     // by token
  std::set<JobKey> products_, unknown_;  // of the latter it was once said that it cannot be told
  std::vector<Later> later_;
  std::map<JobKey, State> outcomes_;
  std::vector<std::string> story_;
  std::string broken_;
};

}  // namespace ketrew::simulation
