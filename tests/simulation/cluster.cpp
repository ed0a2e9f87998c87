#include "tests/simulation/cluster.hpp"

#include <algorithm>

namespace ketrew::simulation {

void Cluster::start(JobKey job, std::uint32_t number, const std::string& token, Milliseconds lag,
                    bool late) {
  Attempt& attempt = attempts_[token];
  const bool is_new = attempt.token.empty();
  if (!late && attempt.taken > 0) alarm_("started again, though it could be found: " + token);
  attempt.job = job;
  attempt.number = number;
  attempt.token = token;
  attempt.lagged = attempt.lagged || lag > Milliseconds(0);
  ++(late ? attempt.late : attempt.taken);
  const Milliseconds comes = time_ + (late ? Milliseconds(dice_.pick(6'000, 30'000)) : Milliseconds(0));
  if (is_new || attempt.visible_at > comes + lag) attempt.visible_at = comes + lag;
  if (is_new) {
    attempt.exit_code = dice_.chance(0.3) ? dice_.pick(1, 9) : 0;
    open_.push_back(&attempt);
  }
  // It waits its turn; the script claims when it comes to run.
  attempt.copies.push_back(comes + Milliseconds(dice_.chance(0.5) ? 0 : dice_.pick(0, 10'000)));
}

// A copy's script begins.
void Cluster::arrive(Attempt& attempt) {
  const int key = broken_rule_ == Rule::fence_by_restart_count ? 0 : attempt.restarts;
  if (!attempt.claims.insert(key).second && broken_rule_ != Rule::claim_before_run) {
    tell_("a copy of " + attempt.token + " finds the claim, and leaves");
    if (attempt.restarts > 0 && attempt.copies.empty() && !attempt.ran.contains(attempt.restarts))
      attempt.turned_away = true;
    return;
  }
  attempt.claimed = true;
  ++attempt.ran[attempt.restarts];
  const int ran = ++runs_[{attempt.job, attempt.number}][attempt.restarts];
  tell_(attempt.token + " runs" + (attempt.restarts ? ", requeued" : ""));
  if (ran > 1) alarm_("ran twice: " + attempt.token);
  attempt.runs_at = time_;
  attempt.ends_at = time_ + Milliseconds(dice_.pick(1, 60'000));
}

void Cluster::pass_time() {
  for (std::size_t i = 0; i < open_.size();) {
    Attempt& attempt = *open_[i];
    for (std::size_t c = 0; c < attempt.copies.size();) {
      if (attempt.copies[c] > time_) {
        ++c;
        continue;
      }
      attempt.copies.erase(attempt.copies.begin() + static_cast<std::ptrdiff_t>(c));
      if (!attempt.killed || attempt.late > 0) arrive(attempt);
    }
    const bool runs = attempt.claimed && !attempt.over && !attempt.turned_away;
    if (runs && time_ >= attempt.ends_at && attempt.ran.contains(attempt.restarts)) {
      attempt.over = true;
      tell_(attempt.token + " ends with " + std::to_string(attempt.exit_code));
      if (!attempt.vanished) ended_.push_back(attempt.token);
    }
    if (attempt.over && attempt.copies.empty()) {
      open_[i] = open_.back();
      open_.pop_back();
    } else {
      ++i;
    }
  }
}

bool Cluster::visible(const Attempt& attempt) const {
  return time_ >= attempt.visible_at && !attempt.vanished && time_ >= attempt.hidden_until;
}

// The claim in its playground is found, too, whatever the scheduler forgot or hides.
bool Cluster::find(const std::string& token) {
  const Attempt* attempt = of(token);
  return attempt && (attempt->claimed || (time_ >= attempt->visible_at && attempt->taken + attempt->late > 0));
}

Observation Cluster::look(const std::string& token) {
  const Attempt* attempt = of(token);
  if (!attempt || !visible(*attempt)) return observed::Gone{};
  if (attempt->over) {
    observed::Ended ended;
    if (attempt->killed) ended.signal = 15;
    else ended.exit_code = attempt->exit_code;
    return ended;
  }
  if (attempt->turned_away) return observed::Gone{};  // over for the scheduler, and no proof is there
  if (attempt->ran.contains(attempt->restarts)) return observed::Running{"running"};
  return observed::Waiting{attempt->restarts ? "requeued" : "Priority"};
}

bool Cluster::kill(const std::string& token) {
  const auto found = attempts_.find(token);
  if (found == attempts_.end() || found->second.over) return false;
  Attempt& attempt = found->second;
  attempt.killed = attempt.over = true;
  attempt.copies.clear();
  tell_(token + " is killed");
  return true;
}

void Cluster::trouble() {
  if (open_.empty()) return;
  Attempt& attempt = *open_[dice_.below(open_.size())];
  const bool runs = attempt.claimed && !attempt.over && !attempt.turned_away &&
                    attempt.ran.contains(attempt.restarts);
  if (dice_.chance(0.2) && !attempt.over) {
    attempt.copies.push_back(time_ + Milliseconds(dice_.pick(0, 5'000)));
    tell_("the scheduler runs another copy of " + attempt.token);
  }
  if (!runs) return;
  if (dice_.chance(0.3)) {
    // The node went down: the same job once more, with its restart count.
    ++attempt.restarts;
    attempt.copies = {time_ + Milliseconds(dice_.pick(0, 20'000))};
    attempt.ends_at = Milliseconds::max();
    tell_(attempt.token + " is requeued");
  } else if (dice_.chance(0.2)) {
    attempt.vanished = true;
    tell_(attempt.token + " vanishes without a trace");
  } else if (attempt.hidden_until == Milliseconds(0) && !attempt.lagged) {
    // For less than the grace, and once: what was seen in between may have been told to nobody.
    attempt.hidden_until = time_ + Milliseconds(dice_.pick(1'000, 50'000));
    tell_(attempt.token + " is out of sight");
  }
}

const std::string* Cluster::some_token() {
  if (attempts_.empty()) return nullptr;
  auto at = attempts_.begin();
  std::advance(at, dice_.below(attempts_.size()));
  return &at->first;
}

const Cluster::Attempt* Cluster::of(const std::string& token) const {
  const auto found = attempts_.find(token);
  return found == attempts_.end() ? nullptr : &found->second;
}

}  // namespace ketrew::simulation
