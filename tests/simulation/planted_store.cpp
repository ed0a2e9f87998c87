#include "tests/simulation/planted_store.hpp"

namespace ketrew::simulation {
namespace {

using namespace store;

class PlantedStore : public SimStore {
 public:
  PlantedStore(std::unique_ptr<SimStore> inner, Rule broken, Dice& dice)
      : inner_(std::move(inner)), broken_(broken), dice_(dice) {}

  void submit(Submission submission, std::function<void(Result<Accepted>)> done) override {
    if (broken_ != Rule::ack_after_commit) return inner_->submit(std::move(submission), std::move(done));
    Accepted accepted;
    for (const JobRecord& job : submission.jobs) accepted.ids.push_back(job.id);
    inner_->submit(std::move(submission), [](const Result<Accepted>&) {});
    done(std::move(accepted));
  }

  void change(Changes changes, std::function<void()> done) override {
    if (broken_ == Rule::intent_before_effect) {
      inner_->change(std::move(changes), {});
      return done();
    }
    if (broken_ == Rule::changes_are_stored && dice_.chance(0.05)) return done();
    if (broken_ == Rule::history_is_whole && !changes.history.empty() && dice_.chance(0.05))
      changes.history.pop_back();
    Changes more;
    if (broken_ == Rule::final_is_final) more = second_thoughts(changes);
    inner_->change(std::move(changes), std::move(done));
    if (!more.jobs.empty()) inner_->change(std::move(more), {});
  }

  std::vector<Unfinished> take_unfinished() override {
    auto jobs = inner_->take_unfinished();
    if (broken_ == Rule::kill_ends_retries)
      for (Unfinished& job : jobs) job.progress.kill_asked = false;
    return jobs;
  }
  std::vector<OpenEdge> take_edges() override { return inner_->take_edges(); }
  std::vector<Pause> take_pauses() override { return inner_->take_pauses(); }
  const std::vector<UnreadableRow>& unreadable() const override { return inner_->unreadable(); }
  JobKey last_key() const override { return inner_->last_key(); }
  JobId last_id() const override { return inner_->last_id(); }
  std::int64_t last_sequence() const override { return inner_->last_sequence(); }
  void read(std::function<void(Reader&)> question) override { inner_->read(std::move(question)); }
  std::string problem() const override { return inner_->problem(); }
  void set_paused(std::vector<Pause> what, bool paused, Wall at,
                  std::function<void(Result<>)> done) override {
    inner_->set_paused(std::move(what), paused, at, std::move(done));
  }
  bool wants_to_write() const override { return inner_->wants_to_write(); }
  Milliseconds write() override { return inner_->write(); }
  bool dead() const override { return inner_->dead(); }
  void checkpoint() override { inner_->checkpoint(); }
  void abandon() override { inner_->abandon(); }

 private:
  static Changes second_thoughts(const Changes& changes) {
    Changes more;
    for (const HistoryEntry& entry : changes.history) {
      if (!is_final(entry.to)) continue;
      for (const Change& change : changes.jobs) {
        if (change.job != entry.job) continue;
        more.jobs.push_back(change);
        more.history.push_back(entry);
        more.jobs.back().progress.state = more.history.back().to = State::lost;
        more.history.back().from = entry.to;
        ++more.history.back().sequence;
      }
    }
    return more;
  }

  std::unique_ptr<SimStore> inner_;
  const Rule broken_;
  Dice& dice_;
};

}  // namespace

std::unique_ptr<SimStore> planted(std::unique_ptr<SimStore> store, Rule broken, Dice& dice) {
  switch (broken) {
    case Rule::intent_before_effect: case Rule::ack_after_commit: case Rule::final_is_final:
    case Rule::history_is_whole: case Rule::changes_are_stored: case Rule::kill_ends_retries:
      return std::make_unique<PlantedStore>(std::move(store), broken, dice);
    case Rule::none: case Rule::commits_are_synced: case Rule::claim_before_run:
    case Rule::fence_by_restart_count: case Rule::token_reused: case Rule::absence_needs_a_lag:
    case Rule::find_before_restart: case Rule::gone_needs_a_grace: case Rule::cannot_tell_is_no_news:
    case Rule::failure_needs_proof: case Rule::old_answers_are_dropped: case Rule::kill_is_kept:
    case Rule::pause_holds: case Rule::same_key_same_job:
    case Rule::epoch_is_checked: case Rule::totals_are_true: case Rule::timers_ring: case Rule::count_:
      break;
  }
  return store;
}

}  // namespace ketrew::simulation
