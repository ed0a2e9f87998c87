// What is paused is not started, and whatever else happens to it goes on.
#include <gtest/gtest.h>

#include "core/engine/engine.hpp"

namespace ketrew::engine {
namespace {

struct Paused : testing::Test {
  Paused() {
    engine.backend_ready(engine.backend("b"), {true, Milliseconds(0), 100}, false, now);
    engine.backend_ready(engine.backend("other"), {true, Milliseconds(0), 100}, false, now);
  }
  void add(JobKey key, const std::string& backend = "b", JobKey workflow = 0, const std::string& host = "/pg") {
    Restored job{key, ids.next(key), backend, host, {}, false, {}, {}, {}, workflow};
    job.progress.state = State::queued;
    engine.add({job}, {}, now);
  }
  // Which are started now.
  std::vector<JobKey> started() {
    std::vector<JobKey> jobs;
    for (const auto& ask : engine.take(now).asks_after_commit) jobs.push_back(ask.jobs[0]);
    return jobs;
  }
  using Keys = std::vector<JobKey>;
  Now now{Mono(Milliseconds(1'000)), Wall(Milliseconds(1'000))};
  Engine engine{Settings{}};
  JobIdSource ids{1};
};

TEST_F(Paused, EachKindHoldsItsOwn) {
  engine.pause({PauseKind::job, 1, {}});
  engine.pause({PauseKind::workflow, 7, {}});
  engine.pause({PauseKind::host, 0, "/other"});
  engine.pause({PauseKind::backend, 0, "other"});
  add(1), add(2, "b", 7), add(3, "b", 0, "/other"), add(4, "other"), add(5, "b", 8);
  EXPECT_EQ(started(), Keys{5});
  EXPECT_FALSE(engine.next_due(now.mono));  // nobody looks at them again and again
  engine.resume({PauseKind::workflow, 7, {}});
  EXPECT_EQ(started(), Keys{2});
  engine.resume({PauseKind::job, 1, {}});
  engine.resume({PauseKind::host, 0, "/other"});
  engine.resume({PauseKind::backend, 0, "other"});
  EXPECT_EQ(started(), (Keys{1, 3, 4}));
}

TEST_F(Paused, OneOfTwoPausesIsEnoughToHoldIt) {
  engine.pause({PauseKind::job, 1, {}});
  engine.pause({PauseKind::backend, 0, "b"});
  add(1);
  EXPECT_TRUE(started().empty());
  engine.resume({PauseKind::job, 1, {}});
  EXPECT_TRUE(started().empty());
  EXPECT_EQ(engine.paused_by(*engine.find(1)), (Pause{PauseKind::backend, 0, "b"}));
  engine.resume({PauseKind::backend, 0, "b"});
  EXPECT_EQ(started(), Keys{1});
}

TEST_F(Paused, AJobThatIsHeldCanBeKilledOrSet) {
  engine.pause({PauseKind::backend, 0, "b"});
  add(1), add(2);
  EXPECT_TRUE(started().empty());
  engine.kill(1, "by the user", now);
  engine.settle_as(2, {true, false, "seen"}, now);
  const auto step = engine.take(now);
  ASSERT_EQ(step.changes.size(), 2u);
  EXPECT_EQ(step.changes[0].progress.state, State::killed);
  EXPECT_EQ(step.changes[1].progress.state, State::succeeded);
  engine.resume({PauseKind::backend, 0, "b"});
  EXPECT_TRUE(started().empty());
}

TEST_F(Paused, WhatIsSetWhileItsStartWasNotSentIsNotStarted) {
  add(1);
  engine.advance(now);  // admitted, and about to be asked for
  engine.settle_as(1, {false, false, "seen"}, now);
  const auto step = engine.take(now);
  EXPECT_EQ(step.changes.back().progress.state, State::failed);
  // An answer to what went out already changes nothing.
  for (const auto& ask : step.asks_after_commit) engine.answered(ask.call, 1, event::Started{"{}"}, now);
  EXPECT_EQ(engine.size(), 0u);
}

}  // namespace
}  // namespace ketrew::engine
