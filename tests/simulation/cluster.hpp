// What really goes on in the schedulers: copies of attempts, where they claim, run, end, hide, and are
// requeued. It knows how often each attempt ran.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/model/job.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/rule.hpp"

namespace ketrew::simulation {

class Cluster {
 public:
  // One attempt, by its token.
  struct Attempt {
    JobKey job = 0;
    std::uint32_t number = 0;
    std::string token;
    int taken = 0;         // starts that the scheduler took in time to be found
    int late = 0;          // those that came out of nowhere after all patience
    Milliseconds visible_at{};
    Milliseconds runs_at{}, ends_at{};
    std::vector<Milliseconds> copies;    // that come to run at these times
    std::set<int> claims;  // restart counts under which it was claimed
    std::map<int, int> ran;              // past the claim, by restart count
    int restarts = 0;
    bool claimed = false, over = false, killed = false;
    bool turned_away = false;            // after a requeue, and nothing else will run
    int exit_code = 0;
    bool lagged = false;                 // it was out of sight at its beginning
    Milliseconds hidden_until{};         // out of sight for a while, though it exists
    bool vanished = false;               // forgotten by the scheduler, and no trace is left
  };

  Cluster(Dice& dice, const Milliseconds& time, Rule broken,
          std::function<void(const std::string&)> tell, std::function<void(const std::string&)> alarm)
      : dice_(dice), time_(time), broken_rule_(broken), tell_(std::move(tell)), alarm_(std::move(alarm)) {}

  // -- what backends ask for -------------------------------------------------------------------
  // `lag`: it is seen that much later. `late`: it only comes after all patience.
  void start(JobKey job, std::uint32_t number, const std::string& token, Milliseconds lag, bool late);
  bool find(const std::string& token);
  Observation look(const std::string& token);
  bool kill(const std::string& token);  // whether there was something to kill

  // -- what happens by itself ------------------------------------------------------------------
  void pass_time();
  std::vector<std::string> take_ended() { return std::exchange(ended_, {}); }
  void trouble();  // some attempt is requeued, doubled, hidden, or lost
  const std::string* some_token();

  // -- the truth -------------------------------------------------------------------------------
  const Attempt* of(const std::string& token) const;

 private:
  void arrive(Attempt& attempt);
  bool visible(const Attempt& attempt) const;

  Dice& dice_;
  const Milliseconds& time_;
  const Rule broken_rule_;
  std::function<void(const std::string&)> tell_, alarm_;
  std::map<std::string, Attempt> attempts_;
  std::vector<Attempt*> open_;  // something may still happen by itself
  std::vector<std::string> ended_;
  std::map<std::pair<JobKey, std::uint32_t>, std::map<int, int>> runs_;  // by restart count
};

}  // namespace ketrew::simulation
