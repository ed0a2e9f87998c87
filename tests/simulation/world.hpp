// A random world around the engine, made from one seed. See README.md.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/engine/engine.hpp"

namespace ketrew::simulation {

class World {
 public:
  explicit World(std::uint64_t seed);
  // Runs faults for a while, then without them until every job ended. "" or what was broken.
  std::string run();
  // What happened, in order: for people.
  const std::vector<std::string>& story() const { return story_; }

 private:
  // What really goes on in the scheduler under a token.
  struct Real {
    int accepted = 0;  // how often a start was let through: more than once is a broken promise
    bool claimed = false, over = false, killed = false;
    int exit_code = 0;
    Milliseconds visible_at{}, ends_at{};
    Milliseconds hidden_until{};  // out of sight for a while, though it exists
    bool vanished = false;        // the scheduler forgot it, and no trace is left
  };
  // What is on disk.
  struct Row {
    JobId id;
    RetryPolicy retries;
    std::string backend;
    Progress progress;
    std::vector<HistoryEntry> history;
  };
  struct Flight {  // a call under way to a backend
    engine::Ask ask;
    std::vector<std::pair<JobKey, std::string>> tokens;
    Milliseconds lands_at{}, answers_at{};
    bool landed = false, lost_before = false, lost_after = false, cut = false, error = false;
    std::vector<std::pair<JobKey, engine::Event>> answers;
  };
  struct BackendLife {
    bool up = false;
    Milliseconds up_at{};
    Milliseconds down_until{};  // the scheduler behind it: every answer is cannot-tell
  };
  struct Commit {
    Milliseconds at{};
    engine::Step step;
    std::vector<std::pair<JobKey, Row>> inserts;
  };

  Now now() const { return {Mono(time_), Wall(time_)}; }
  bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random_) < p; }
  int pick(int low, int high) { return std::uniform_int_distribution<>(low, high)(random_); }
  void tell(const std::string& what) { story_.push_back(std::to_string(time_.count()) + " " + what); }
  void broken(const std::string& what) {
    if (broken_.empty()) broken_ = std::to_string(time_.count()) + " ms: " + what;
  }

  void boot();
  void crash();
  void submit();
  void kill_one();
  void flush();
  void commit(Commit& commit);
  void send(const engine::Ask& ask, bool gated);
  void land(Flight& flight);
  void answer(Flight& flight);
  void lose_backend(std::size_t index);
  void step();
  void check_commit(const Row& before, const Row& after);
  void check_world();
  bool all_over() const;
  Observation look(const std::string& token);

  std::mt19937_64 random_;
  Milliseconds time_{1'000'000};
  bool faults_ = true;
  std::unique_ptr<engine::Engine> engine_;
  JobIdSource ids_;
  JobKey last_key_ = 0;
  std::int64_t last_sequence_ = 0;
  std::map<JobKey, Row> disk_;
  std::map<std::string, Real> real_;
  std::map<JobKey, int> poison_;  // crashes its backend this many more times
  std::vector<Flight> flights_;
  std::vector<BackendLife> backends_;
  std::vector<Commit> commits_;
  std::vector<std::string> story_;
  std::string broken_;
  std::map<JobKey, bool> kill_wished_;  // committed
};

}  // namespace ketrew::simulation
