// Jobs that were under way when their backend crashed.
#include <gtest/gtest.h>

#include "core/engine/engine.hpp"

namespace ketrew::engine {
namespace {

struct Quarantine : testing::Test {
  Engine engine{Settings{}};
  const BackendIndex backend = engine.backend("b");
  Now now{Mono(Milliseconds(1'000'000)), Wall(Milliseconds(0))};

  Quarantine() { engine.backend_ready(backend, Capabilities{}, false, now); }

  // All that is asked, as one list.
  std::vector<Ask> take() {
    Step step = engine.take(now);
    std::vector<Ask> asks = std::move(step.asks);
    asks.insert(asks.end(), step.asks_after_commit.begin(), step.asks_after_commit.end());
    return asks;
  }
  void go_to_what_is_due() { now.mono = std::max(now.mono, *engine.next_due(now.mono)); }
};

// The user kills a job that is being asked about alone. The answer acquits it; the kill is not forgotten.
TEST_F(Quarantine, AKillThatIsWishedMeanwhileIsCarriedOut) {
  Restored job;
  job.key = 1;
  job.id = JobId(1, 1);
  job.backend = "b";
  job.host = "/";
  job.progress.state = State::running;
  job.progress.backend_state = "{}";
  job.progress.attempt = 1;
  engine.add({std::move(job)}, {}, now);
  auto asks = take();
  ASSERT_EQ(asks.size(), 1u);
  ASSERT_EQ(asks[0].method, Method::update);
  engine.backend_down(backend, "crashed");
  engine.failed(asks[0].call, CallFailure::crashed, "it crashed", now);
  engine.backend_ready(backend, Capabilities{}, false, now);

  asks = take();
  ASSERT_EQ(asks.size(), 1u) << "it is asked about alone";
  engine.kill(1, "killed by the user", now);
  EXPECT_TRUE(take().empty()) << "one thing at a time";
  engine.answered(asks[0].call, 1, event::Observed{observed::Running{"running"}, {}}, now);
  engine.completed(asks[0].call, now);
  bool killed = false;
  for (int i = 0; i < 3 && !killed; ++i) {
    go_to_what_is_due();
    for (const Ask& ask : take()) killed = killed || ask.method == Method::kill;
  }
  EXPECT_TRUE(killed);
}

}  // namespace
}  // namespace ketrew::engine
