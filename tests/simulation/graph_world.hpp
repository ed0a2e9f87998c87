// Graphs in a random world: conditions, edges of all kinds, orphans, kills, crashes of the daemon
// between any two steps. Backends are honest here: `World` is about those that are not.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/engine/engine.hpp"

namespace ketrew::simulation {

class GraphWorld {
 public:
  // `calm`: nobody kills, nothing changes by itself and all jobs come at once, so that the outcome of
  // each is known beforehand; the daemon crashes all the same.
  GraphWorld(std::uint64_t seed, bool calm);
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
  struct Row {
    JobId id;
    bool has_condition = false;
    Progress progress;
    std::vector<State> states;  // in order
    std::int64_t last_event = 0;
  };
  struct Commit {
    Milliseconds at{};
    engine::Step step;
    std::map<JobKey, Row> inserts;
    std::vector<Edge> edges;
  };
  struct Later {  // an answer on its way
    Milliseconds at{};
    std::function<void()> what;
  };

  Now now() const { return {Mono(time_), Wall(time_)}; }
  bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random_) < p; }
  int pick(int low, int high) { return std::uniform_int_distribution<>(low, high)(random_); }
  void tell(const std::string& what) { story_.push_back(std::to_string(time_.count()) + " " + what); }
  void broken(const std::string& what) {
    if (broken_.empty()) broken_ = std::to_string(time_.count()) + " ms: " + what;
  }
  void later(int most, std::function<void()> what) {
    later_.push_back({time_ + Milliseconds(pick(1, most)), std::move(what)});
  }

  void boot();
  void crash();
  void submit(int count);
  void kill_one();
  void step();
  void flush();
  void commit(Commit& commit);
  void add(const std::map<JobKey, Row>& rows, const std::vector<Edge>& edges);
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

  std::mt19937_64 random_;
  const bool calm_;
  bool restless_ = true;  // crashes and kills go on
  Milliseconds time_{1'000'000};
  std::unique_ptr<engine::Engine> engine_;
  JobIdSource ids_;
  JobKey last_key_ = 0;
  std::int64_t last_sequence_ = 0;
  bool submitting_ = false;
  std::map<JobKey, Plan> plans_;
  std::map<JobKey, Row> disk_;
  std::set<Edge> edges_;
  std::map<JobKey, std::string> running_;  // what the backend has: until when is its own business
  std::map<std::string, int> started_;     // by token
  std::set<JobKey> products_, unknown_;  // of the latter it was once said that it cannot be told
  std::vector<Later> later_;
  std::vector<Commit> commits_;
  std::map<JobKey, State> outcomes_;
  std::vector<std::string> story_;
  std::string broken_;
};

}  // namespace ketrew::simulation
