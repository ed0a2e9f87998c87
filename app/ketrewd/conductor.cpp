#include "app/ketrewd/conductor.hpp"

#include <deque>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace ketrew::daemon {

// Store callbacks come on the store's threads and outlive nobody: they hold a weak reference.
struct Conductor::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& l, engine::Engine& e, store::Store& s)
      : loop(l), engine(e), store(s), timer(l) {}

  boost::asio::io_context& loop;
  engine::Engine& engine;
  store::Store& store;
  boost::asio::steady_timer timer;
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
    engine::Step step = engine.take(read_clocks());
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
      boost::asio::post(l, [weak, number, history] {
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
    const Mono now = MonoClock::now();
    const auto due = engine.next_due(now);
    if (due == armed) return;
    armed = due;
    if (!due) {
      timer.cancel();
      return;
    }
    timer.expires_after(std::max(*due - now, Milliseconds(0)));
    timer.async_wait([this, weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!self || error) return;
      armed.reset();
      pump();
    });
  }

  void pump() {
    if (pumping) return;
    pumping = true;
    boost::asio::post(loop, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->turn();
    });
  }
};

Conductor::Conductor(boost::asio::io_context& loop, engine::Engine& engine, store::Store& store)
    : impl_(std::make_shared<Impl>(loop, engine, store)) {}
Conductor::~Conductor() = default;

void Conductor::on_ask(Send send) { impl_->send = std::move(send); }
void Conductor::on_committed(Told told) { impl_->told = std::move(told); }
void Conductor::on_evaluations(Evaluate evaluate) { impl_->evaluate = std::move(evaluate); }
void Conductor::pump() { impl_->pump(); }

void Conductor::after_commit(std::function<void()> done) {
  // Behind the turn that is about to be taken, and then behind its commit.
  impl_->pump();
  boost::asio::post(impl_->loop, [impl = impl_, done = std::move(done)]() mutable {
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
    boost::asio::post(loop, [weak, kept, done = std::move(done),
                             accepted = std::move(accepted)]() mutable {
      const auto self = weak.lock();
      if (!self) return;
      if (accepted && !accepted->repeated) {
        self->engine.add(std::move(kept->jobs), kept->links, read_clocks());
        self->told(kept->history);
        self->pump();
      }
      done(std::move(accepted));
    });
  });
}

}  // namespace ketrew::daemon
