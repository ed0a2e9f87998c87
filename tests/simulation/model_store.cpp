#include "tests/simulation/model_store.hpp"

#include <variant>

#include "core/store/no_reader.hpp"

namespace ketrew::simulation {
namespace {

using namespace store;

struct Submitted {
  Submission submission;
  std::function<void(Result<Accepted>)> done;
};
struct Changed {
  Changes changes;
  std::function<void()> done;
};
struct Paused {
  std::vector<Pause> what;
  bool paused = false;
  std::function<void(Result<>)> done;
};

class ModelStore : public SimStore {
 public:
  explicit ModelStore(ModelHome& home)
      : home_(home), last_key_(home.ledger.last_key()), last_id_(home.ledger.last_id()),
        last_sequence_(home.ledger.last_sequence()) {}

  std::vector<Unfinished> take_unfinished() override { return home_.ledger.unfinished(); }
  std::vector<OpenEdge> take_edges() override { return home_.ledger.open_edges(); }
  std::vector<Pause> take_pauses() override {
    return {home_.ledger.pauses().begin(), home_.ledger.pauses().end()};
  }
  const std::vector<UnreadableRow>& unreadable() const override { return unreadable_; }
  JobKey last_key() const override { return last_key_; }
  JobId last_id() const override { return last_id_; }
  std::int64_t last_sequence() const override { return last_sequence_; }

  void submit(Submission submission, std::function<void(Result<Accepted>)> done) override {
    queue_.push_back(Submitted{std::move(submission), std::move(done)});
  }
  void change(Changes changes, std::function<void()> done) override {
    queue_.push_back(Changed{std::move(changes), std::move(done)});
  }
  void set_paused(std::vector<Pause> what, bool paused, Wall,
                  std::function<void(Result<>)> done) override {
    queue_.push_back(Paused{std::move(what), paused, std::move(done)});
  }
  void read(std::function<void(Reader&)> question) override {
    NoReader none({ErrorKind::unavailable, "a model answers nothing", {}});
    question(none);
  }
  std::string problem() const override { return problem_; }

  bool wants_to_write() const override { return !queue_.empty() || !problem_.empty(); }
  Milliseconds write() override {
    if (home_.disk_full) return refuse();
    problem_.clear();
    auto group = std::exchange(queue_, {});
    std::vector<std::function<void()>> told;  // after all of it is there
    for (auto& item : group)
      std::visit([&](auto& each) { told.push_back(commit(each)); }, item);
    for (const auto& each : told)
      if (!abandoned_) each();
    return Milliseconds(0);
  }
  void abandon() override { abandoned_ = true; }

 private:
  // Facts are kept, requests refused.
  Milliseconds refuse() {
    problem_ = "the disk is full";
    const Error error{ErrorKind::unavailable, problem_, {}};
    std::deque<std::variant<Submitted, Changed, Paused>> kept;
    auto group = std::exchange(queue_, {});
    for (auto& item : group) {
      if (const auto* submitted = std::get_if<Submitted>(&item)) submitted->done(pass(error));
      else if (const auto* paused = std::get_if<Paused>(&item)) paused->done(pass(error));
      else kept.push_back(std::move(item));
    }
    queue_.insert(queue_.begin(), std::make_move_iterator(kept.begin()),
                  std::make_move_iterator(kept.end()));
    return Milliseconds(1'000);
  }

  std::function<void()> commit(Submitted& item) {
    auto accepted = home_.ledger.apply(item.submission, home_.watch);
    return [done = std::move(item.done), accepted = std::move(accepted)] { done(accepted); };
  }
  std::function<void()> commit(Changed& item) {
    home_.ledger.apply(item.changes, home_.watch);
    return [done = std::move(item.done)] {
      if (done) done();
    };
  }
  std::function<void()> commit(Paused& item) {
    home_.ledger.pause(item.what, item.paused);
    return [done = std::move(item.done)] { done({}); };
  }

  ModelHome& home_;
  const JobKey last_key_;
  const JobId last_id_;
  const std::int64_t last_sequence_;
  std::deque<std::variant<Submitted, Changed, Paused>> queue_;
  std::string problem_;
  std::vector<UnreadableRow> unreadable_;
  bool abandoned_ = false;
};

}  // namespace

Result<std::unique_ptr<SimStore>> ModelHome::open() { return std::make_unique<ModelStore>(*this); }

}  // namespace ketrew::simulation
