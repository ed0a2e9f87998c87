#include "app/ketrewd/conductor.hpp"

#include <deque>

namespace ketrew::daemon {

// Store callbacks come on the store's threads and outlive nobody: they hold a weak reference.
struct Conductor::Impl : std::enable_shared_from_this<Impl> {
  Impl(Loop& l, engine::Engine& e, store::Store& s) : loop(l), engine(e), store(s) {}

  Loop& loop;
  engine::Engine& engine;
  store::Store& store;
  std::optional<Mono> armed;
  Send send;
  Told told;
  Evaluate evaluate;
  bool pumping = false;
  // Steps are numbered; the store commits them in order.
  std::uint64_t posted = 0, committed = 0;
  std::deque<std::pair<std::uint64_t, std::function<void()>>> waiting;  // for a step to be on disk

  void turn() {
    pumping = false;
    engine::Step step = engine.take(loop.now());
    if (!step.nothing_to_store()) store_step(step);
    for (const auto& ask : step.asks) send(ask);
    if (!step.asks_after_commit.empty()) {
      when_stored([this, asks = std::move(step.asks_after_commit)] {
        for (const auto& ask : asks) send(ask);
      });
    }
    if (!step.evaluations.empty()) evaluate(std::move(step.evaluations));
    arm();
  }

  void store_step(engine::Step& step) {
    store::Changes changes;
    changes.jobs.reserve(step.changes.size());
    for (auto& change : step.changes)
      changes.jobs.push_back({change.job, std::move(change.progress)});
    auto history = std::make_shared<std::vector<HistoryEntry>>(step.history);
    changes.history = std::move(step.history);
    const std::uint64_t number = ++posted;
    store.change(std::move(changes), [weak = weak_from_this(), number, history, &l = loop] {
      l.post([weak, number, history] {
        const auto self = weak.lock();
        if (!self) return;
        self->committed = number;
        self->told(*history);
        while (!self->waiting.empty() && self->waiting.front().first <= self->committed) {
          auto next = std::move(self->waiting.front().second);
          self->waiting.pop_front();
          next();
        }
      });
    });
  }

  // At once if all that was posted is on disk, else after it.
  void when_stored(std::function<void()> done) {
    if (committed >= posted) return done();
    waiting.emplace_back(posted, std::move(done));
  }

  void arm() {
    const auto due = engine.next_due(loop.now().mono);
    if (due == armed) return;
    armed = due;
    loop.wake_at(due, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->armed.reset();
      self->pump();
    });
  }

  void pump() {
    if (pumping) return;
    pumping = true;
    loop.post([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->turn();
    });
  }
};

Conductor::Conductor(Loop& loop, engine::Engine& engine, store::Store& store)
    : impl_(std::make_shared<Impl>(loop, engine, store)) {}
Conductor::~Conductor() = default;

void Conductor::on_ask(Send send) { impl_->send = std::move(send); }
void Conductor::on_committed(Told told) { impl_->told = std::move(told); }
void Conductor::on_evaluations(Evaluate evaluate) { impl_->evaluate = std::move(evaluate); }
void Conductor::pump() { impl_->pump(); }

void Conductor::after_commit(std::function<void()> done) {
  // Behind the turn that is about to be taken, and then behind its commit.
  impl_->pump();
  impl_->loop.post([impl = impl_, done = std::move(done)]() mutable {
    impl->when_stored(std::move(done));
  });
}

void Conductor::submit(store::Submission submission, std::vector<engine::Restored> jobs, std::vector<engine::Link> links,
                       std::function<void(Result<store::Accepted>)> done) {
  struct Kept {
    std::vector<HistoryEntry> history;
    std::vector<engine::Restored> jobs;
    std::vector<engine::Link> links;
  };
  auto kept = std::make_shared<Kept>();
  kept->history = submission.history;
  kept->links = std::move(links);
  kept->jobs = std::move(jobs);
  impl_->store.submit(std::move(submission), [weak = std::weak_ptr(impl_), kept,
                                              &loop = impl_->loop, done = std::move(done)](
                                                 Result<store::Accepted> accepted) mutable {
    loop.post([weak, kept, done = std::move(done), accepted = std::move(accepted)]() mutable {
      const auto self = weak.lock();
      if (!self) return;
      if (accepted && !accepted->repeated) {
        self->engine.add(std::move(kept->jobs), kept->links, self->loop.now());
        self->told(kept->history);
        self->pump();
      }
      done(std::move(accepted));
    });
  });
}

void Conductor::set_paused(std::vector<Pause> what, bool on, std::function<void(Result<>)> done) {
  std::vector<Pause> fresh;  // what is paused already stays so, whatever comes of this
  if (on)
    for (const Pause& each : what)
      if (!impl_->engine.pauses().contains(each)) fresh.push_back(each);
  for (const Pause& each : fresh) impl_->engine.pause(each);
  auto stored = [weak = std::weak_ptr(impl_), &loop = impl_->loop, what, fresh, on,
                 done = std::move(done)](Result<> result) mutable {
    loop.post([weak, what = std::move(what), fresh = std::move(fresh), on, done = std::move(done), result] {
      const auto self = weak.lock();
      if (!self) return;
      // Again: it may have been resumed since by a request that was stored before this one.
      if (result && on)
        for (const Pause& each : what) self->engine.pause(each);
      if (result.has_value() != on)
        for (const Pause& each : on ? fresh : what) self->engine.resume(each);
      self->pump();
      done(result);
    });
  };
  impl_->store.set_paused(std::move(what), on, impl_->loop.now().wall, std::move(stored));
}

}  // namespace ketrew::daemon
