// When the engine polls, in virtual time.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/engine/engine.hpp"

namespace ketrew::engine {
namespace {

struct Polls : testing::Test {
  Engine engine{Settings{}};
  const BackendIndex backend = engine.backend("b");
  Now now{Mono(Milliseconds(1'000'000)), Wall(Milliseconds(0))};
  JobKey last = 0;

  Polls() { engine.backend_ready(backend, Capabilities{}, false, now); }

  void later(Milliseconds time) {
    now.mono += time;
    now.wall += time;
  }

  std::vector<Ask> take() {
    Step step = engine.take(now);
    std::vector<Ask> asks = std::move(step.asks);
    asks.insert(asks.end(), step.asks_after_commit.begin(), step.asks_after_commit.end());
    return asks;
  }

  // A new job, whose start the backend answers at once.
  void start_one() {
    Restored job;
    job.key = ++last;
    job.id = JobId(1, last);
    job.backend = "b";
    job.host = "/";
    job.progress.state = State::queued;
    engine.add({std::move(job)}, {}, now);
    for (const Ask& ask : take()) {
      ASSERT_EQ(ask.method, Method::start);
      engine.answered(ask.call, ask.jobs[0], event::Started{"{}"}, now);
      engine.completed(ask.call, now);
    }
  }

  // Goes on to the next poll, answers it `took` later: everything runs.
  void poll_once(Milliseconds took) {
    const auto due = engine.next_due(now.mono);
    ASSERT_TRUE(due);
    if (*due > now.mono) later(*due - now.mono);
    const auto asks = take();
    ASSERT_EQ(asks.size(), 1u);
    ASSERT_EQ(asks[0].method, Method::update);
    later(took);
    for (const JobKey key : asks[0].jobs)
      engine.answered(asks[0].call, key, event::Observed{observed::Running{"running"}, {}}, now);
    engine.completed(asks[0].call, now);
    take();
  }
};

TEST_F(Polls, ANewJobIsLookedAtSoon) {
  start_one();
  const auto due = engine.next_due(now.mono);
  ASSERT_TRUE(due);
  EXPECT_EQ(*due - now.mono, engine.settings().first_poll);
  for (int i = 0; i < 10; ++i) poll_once(Milliseconds(1));
  start_one();
  EXPECT_EQ(*engine.next_due(now.mono) - now.mono, engine.settings().first_poll);
}

// Whoever announces anything is believed, though not everything may be announced.
TEST_F(Polls, AnEndThatIsAnnouncedBeforeTheStartIsAnsweredIsLookedAtAtOnce) {
  Restored job;
  job.key = ++last;
  job.id = JobId(1, last);
  job.backend = "b";
  job.host = "/";
  job.progress.state = State::queued;
  engine.add({std::move(job)}, {}, now);
  const auto asks = take();
  ASSERT_EQ(asks.size(), 1u);
  engine.changed(backend, {attempt_token(JobId(1, last), 1)}, now);
  engine.answered(asks[0].call, last, event::Started{"{}"}, now);
  engine.completed(asks[0].call, now);
  const auto next = take();
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].method, Method::update);
}

// Its timeout counts from there on; the next round may be a minute away.
TEST_F(Polls, OneWithATimeoutIsLookedAtOnceItIsStartedThoughEndsAreAnnounced) {
  Capabilities events;
  events.events = true;
  engine.backend_ready(backend, events, false, now);
  Restored job;
  job.key = ++last;
  job.id = JobId(1, last);
  job.backend = "b";
  job.host = "/";
  job.timeout = Milliseconds(2'000);
  job.progress.state = State::queued;
  engine.add({std::move(job)}, {}, now);
  const auto start = take();
  ASSERT_EQ(start.size(), 1u);
  engine.answered(start[0].call, last, event::Started{"{}"}, now);
  engine.completed(start[0].call, now);
  const auto look = take();
  ASSERT_EQ(look.size(), 1u);
  ASSERT_EQ(look[0].method, Method::update);
  engine.answered(look[0].call, last, event::Observed{observed::Running{"running"}, {}}, now);
  engine.completed(look[0].call, now);
  EXPECT_TRUE(take().empty());
  later(Milliseconds(2'001));
  const auto kill = take();
  ASSERT_EQ(kill.size(), 1u);
  EXPECT_EQ(kill[0].method, Method::kill);
}

TEST_F(Polls, ASlowSchedulerIsAskedLessOftenWhateverIsStarted) {
  start_one();
  const Milliseconds took(3'000);
  poll_once(took);
  const Mono answered = now.mono;
  // Starts come in all the time.
  for (int i = 0; i < 20; ++i) {
    later(Milliseconds(1'000));
    start_one();
    ASSERT_GE(*engine.next_due(now.mono), answered + 10 * took);
  }
  poll_once(Milliseconds(1));
  EXPECT_GE(now.mono, answered + 10 * took);
  // It has recovered.
  start_one();
  EXPECT_LE(*engine.next_due(now.mono) - now.mono, engine.settings().first_poll);
}

// The answer may have waited behind a thousand submissions: ends are still to be noticed.
TEST_F(Polls, AnAnswerThatTookVeryLongIsNotMadeUpForTenTimes) {
  const Milliseconds longest = engine.settings().event_poll_interval;
  start_one();
  poll_once(std::chrono::seconds(20));
  Mono answered = now.mono;
  poll_once(std::chrono::minutes(2));
  EXPECT_GE(now.mono - answered, longest + std::chrono::minutes(2));
  EXPECT_LE(now.mono - answered, longest * 5 / 4 + std::chrono::minutes(2));
  answered = now.mono;
  poll_once(Milliseconds(1));
  EXPECT_GE(now.mono - answered, std::chrono::minutes(4));
}

// The end of a job whose announcement was lost is found by the next round.
TEST_F(Polls, EndsThatAreAnnouncedAllTheTimeKeepNoJobFromItsRound) {
  Capabilities events;
  events.events = true;
  engine.backend_ready(backend, events, false, now);
  start_one();
  const JobKey quiet = last;
  start_one();
  const std::string busy = attempt_token(JobId(1, last), engine.find(last)->progress.attempt);
  const Mono end = now.mono + 2 * engine.settings().event_poll_interval;
  bool asked = false;
  while (!asked && now.mono < end) {
    later(Milliseconds(1'000));
    engine.changed(backend, {busy}, now);
    for (const Ask& ask : take()) {
      asked = asked || std::count(ask.jobs.begin(), ask.jobs.end(), quiet) > 0;
      later(Milliseconds(1));
      for (const JobKey key : ask.jobs)
        engine.answered(ask.call, key, event::Observed{observed::Running{"running"}, {}}, now);
      engine.completed(ask.call, now);
    }
  }
  EXPECT_TRUE(asked);
}

// A job may end, announced, before its batch of the round has its turn: the next round comes all the same.
TEST_F(Polls, ABatchOfWhichNobodyIsLeft) {
  Capabilities one_at_a_time;
  one_at_a_time.events = true;
  one_at_a_time.batch = 1;
  engine.backend_ready(backend, one_at_a_time, false, now);
  for (int i = 0; i < 2; ++i) start_one();
  later(*engine.next_due(now.mono) - now.mono);
  observed::Ended well;
  well.exit_code = 0;
  for (int i = 0; i < 2; ++i) {
    const auto asks = take();
    ASSERT_EQ(asks.size(), 1u);
    ASSERT_EQ(asks[0].jobs.size(), 1u);
    const JobKey key = asks[0].jobs[0];
    engine.changed(backend, {attempt_token(JobId(1, 2), engine.find(JobKey(2))->progress.attempt)}, now);
    if (key == 1) engine.answered(asks[0].call, 1, event::Observed{observed::Running{"running"}, {}}, now);
    if (key == 2) engine.answered(asks[0].call, 2, event::Observed{well, {}}, now);
    engine.completed(asks[0].call, now);
  }
  EXPECT_TRUE(take().empty());
  ASSERT_FALSE(engine.find(JobKey(2)));
  const auto next = engine.next_due(now.mono);
  ASSERT_TRUE(next) << "nobody would look at job 1 again";
  EXPECT_LE(*next - now.mono, 2 * engine.settings().event_poll_interval);
}

TEST_F(Polls, ALaneThatWasEmptyMeanwhileIsNoExcuse) {
  start_one();
  const auto due = engine.next_due(now.mono);
  ASSERT_TRUE(due);
  later(*due - now.mono);
  const auto asks = take();
  ASSERT_EQ(asks.size(), 1u);
  const Milliseconds took(3'000);
  later(took);
  observed::Ended well;
  well.exit_code = 0;
  engine.answered(asks[0].call, asks[0].jobs[0], event::Observed{well, {}}, now);
  engine.completed(asks[0].call, now);
  take();
  EXPECT_EQ(engine.size(), 0u);
  start_one();
  EXPECT_EQ(*engine.next_due(now.mono) - now.mono, 10 * took);
}

}  // namespace
}  // namespace ketrew::engine
