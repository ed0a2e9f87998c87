// The edges between jobs, without an engine around them.
#include <gtest/gtest.h>

#include "core/engine/graph.hpp"

namespace ketrew::engine {
namespace {

using What = Told::What;

struct GraphOfJobs : testing::Test {
  Graph graph;
  std::vector<Told> told;
  JobIdSource ids{1};
  std::map<JobKey, JobId> id_of;

  void active(JobKey job) { add(job, false); }
  void passive(JobKey job) { add(job, true); }
  void add(JobKey job, bool is_passive) {
    id_of[job] = ids.next(job);
    graph.add(job, is_passive);
  }
  void needs(JobKey job, JobKey other) { graph.link({other, job, EdgeKind::needs}); }
  void end(JobKey job, State state, bool asked_for = true) {
    graph.finished(job, {id_of[job], state, asked_for}, told);
  }
  void sweep() { graph.sweep(told); }
  // Who was told this, in order; forgets all that was told.
  std::vector<JobKey> take(What what) {
    std::vector<JobKey> jobs;
    for (const Told& each : told)
      if (each.what == what) jobs.push_back(each.job);
    return jobs;
  }
  using Keys = std::vector<JobKey>;
};

TEST_F(GraphOfJobs, ABlockedJobAsksForWhatItNeedsAndIsToldWhenAllIsDone) {
  active(1), passive(2), passive(3);
  needs(1, 2), needs(1, 3);
  graph.block(1, id_of[1], told);
  EXPECT_EQ(take(What::needed), (Keys{2, 3}));
  graph.activated(2), graph.activated(3);
  told.clear();
  end(2, State::succeeded);
  EXPECT_TRUE(told.empty());
  end(3, State::already_done);
  EXPECT_EQ(take(What::dependencies_succeeded), Keys{1});
}

TEST_F(GraphOfJobs, OneFailedDependencyIsEnough) {
  active(1), active(2), active(3);
  needs(1, 2), needs(1, 3);
  end(2, State::failed);
  EXPECT_EQ(take(What::dependency_failed), Keys{1});
  EXPECT_EQ(told[0].cause, id_of[2]);
}

TEST_F(GraphOfJobs, WhatFailedBeforeABlockIsToldThen) {
  passive(1), active(2), passive(3);
  needs(1, 2), needs(1, 3);
  end(2, State::lost);
  EXPECT_TRUE(told.empty());  // nobody asked for it yet
  graph.activated(1);
  graph.block(1, id_of[1], told);
  EXPECT_EQ(take(What::dependency_failed), Keys{1});
  EXPECT_TRUE(take(What::needed).empty());  // nothing is made for a job that cannot run
}

TEST_F(GraphOfJobs, EdgesFireByHowItEndedAndOnlyIfItWasAskedFor) {
  active(1), passive(2), passive(3);
  graph.link({1, 2, EdgeKind::on_success});
  graph.link({1, 3, EdgeKind::on_failure});
  end(1, State::killed);
  EXPECT_EQ(take(What::after_failure), Keys{3});
  EXPECT_TRUE(take(What::after_success).empty());

  told.clear();
  passive(4), passive(5);
  graph.link({4, 5, EdgeKind::on_failure});
  end(4, State::killed, false);
  EXPECT_TRUE(take(What::after_failure).empty());
}

TEST_F(GraphOfJobs, WhatNothingCanActivateIsAnOrphanAndSoIsWhatOnlyItCouldActivate) {
  active(1), passive(2), passive(3), passive(4);
  graph.link({1, 2, EdgeKind::on_success});
  needs(2, 3), needs(3, 4);
  sweep();
  EXPECT_TRUE(told.empty());
  end(1, State::failed);
  sweep();
  EXPECT_EQ(take(What::orphaned), (Keys{2, 3, 4}));
}

TEST_F(GraphOfJobs, ACircleThatOnlyLeadsToItselfIsOrphaned) {
  active(1), passive(2), passive(3);
  graph.link({1, 2, EdgeKind::on_success});
  graph.link({2, 3, EdgeKind::on_success});
  graph.link({3, 2, EdgeKind::on_failure});
  sweep();
  EXPECT_TRUE(told.empty());
  end(1, State::failed);
  sweep();
  auto orphans = take(What::orphaned);
  std::sort(orphans.begin(), orphans.end());
  EXPECT_EQ(orphans, (Keys{2, 3}));
}

TEST_F(GraphOfJobs, ANewJobThatNeedsAnOrphanAdoptsItAndWhatItNeeds) {
  passive(1), passive(2);
  needs(1, 2);
  sweep();
  EXPECT_EQ(take(What::orphaned), (Keys{1, 2}));
  told.clear();
  active(3);
  needs(3, 1);
  sweep();
  EXPECT_EQ(take(What::adopted), (Keys{1, 2}));
  for (const JobKey job : {1, 2, 3}) EXPECT_EQ(graph.counters(job), graph.counted(job)) << job;
}

TEST_F(GraphOfJobs, APassiveJobIsNotAdoptedByAnOrphan) {
  passive(1);
  sweep();
  told.clear();
  passive(2);
  needs(2, 1);
  sweep();
  EXPECT_EQ(take(What::orphaned).back(), 1);  // adopted for a moment, by one that is an orphan itself
}

TEST_F(GraphOfJobs, ALongChainIsWalkedWithoutRecursion) {
  constexpr JobKey length = 100'000;
  for (JobKey job = 1; job <= length; ++job) passive(job);
  for (JobKey job = 1; job < length; ++job) needs(job, job + 1);
  sweep();
  EXPECT_EQ(take(What::orphaned).size(), static_cast<std::size_t>(length));
}

}  // namespace
}  // namespace ketrew::engine
