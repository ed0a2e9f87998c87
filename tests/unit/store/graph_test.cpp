// Edges, pointers and workflows: what is stored of them, and what is told again.
#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

constexpr Wall cut = Wall(Milliseconds(1'000'000));

// A workflow of `first` and what needs it, one after the other.
struct Chain {
  explicit Chain(Store& store, std::size_t jobs) {
    submission = maker.submission(jobs);
    WorkflowRecord workflow;
    workflow.key = submission.jobs[0].key;
    workflow.id = maker.ids.next(1'700'000'000'000);
    workflow.name = "chain";
    workflow.file = "chain.yaml";
    workflow.submitted_at = submission.jobs[0].submitted_at;
    for (std::size_t i = 0; i < jobs; ++i) {
      auto& job = submission.jobs[i];
      job.workflow = workflow.key;
      job.node = "node " + std::to_string(i);
      job.progress.asked_for = i + 1 == jobs;
      job.progress.state = i + 1 == jobs ? State::active : State::passive;
      if (i > 0) submission.edges.push_back({submission.jobs[i - 1].key, job.key, EdgeKind::needs});
    }
    submission.workflow = workflow;
    id = workflow.id;
    EXPECT_TRUE(submit(store, submission).has_value());
  }
  JobRecord& job(std::size_t i) { return submission.jobs[i]; }
  void to(Store& store, std::size_t i, State state) { change(store, to_state(maker, job(i), state)); }
  Maker maker;
  Submission submission;
  JobId id;
};

WorkflowTotals totals_of(Store& store, JobKey workflow) {
  return ask(store, [&](Reader& r) { return r.workflow_totals(workflow); }).value();
}
std::int64_t in_state(Store& store, JobKey workflow, State state) {
  return totals_of(store, workflow).states[static_cast<std::size_t>(state)];
}
Result<JobKey> found(Store& store, const std::string& name_or_id) {
  return ask(store, [&](Reader& r) { return r.resolve_workflow(name_or_id); });
}
std::vector<Edge> to(Store& store, JobKey key) {
  return ask(store, [&](Reader& r) { return r.edges_to(key, 100); }).value();
}

TEST(Graph, EdgesAndWorkflowsAreToldAsTheyWereStored) {
  Folder folder;
  auto store = open_or_fail(folder / "db");
  Chain chain(*store, 3);
  EXPECT_EQ(to(*store, 2), (std::vector<Edge>{{1, 2, EdgeKind::needs}}));
  EXPECT_EQ(ask(*store, [](Reader& r) { return r.edges_from(2, 100); }).value(),
            (std::vector<Edge>{{2, 3, EdgeKind::needs}}));
  EXPECT_EQ(found(*store, chain.id.text()).value(), 1);
  EXPECT_EQ(found(*store, chain.id.text().substr(0, 25)).value(), 1);
  EXPECT_EQ(found(*store, "chain").value(), 1);
  EXPECT_EQ(found(*store, "zzz").error().kind, ErrorKind::not_found);
  const auto record = ask(*store, [](Reader& r) { return r.workflow(1); }).value();
  EXPECT_EQ(record.file, "chain.yaml");
  EXPECT_EQ(record.id, chain.id);
  EXPECT_EQ(job(*store, 2).node, "node 1");
  EXPECT_EQ(job(*store, 2).workflow, 1);
  EXPECT_FALSE(job(*store, 2).progress.asked_for);
  EXPECT_TRUE(job(*store, 3).progress.asked_for);
  EXPECT_EQ(ask(*store, [&](Reader& r) { return r.workflow_of(chain.job(1).id); }).value(), chain.id);
}

TEST(Graph, ANameMeansItsNewestWorkflow) {
  Folder folder;
  auto store = open_or_fail(folder / "db");
  Chain first(*store, 2);
  Submission again = first.maker.submission(1);
  again.workflow = first.submission.workflow;
  again.workflow->key = again.jobs[0].workflow = again.jobs[0].key;
  again.workflow->id = first.maker.ids.next(1'700'000'000'001);
  ASSERT_TRUE(submit(*store, again).has_value());
  EXPECT_EQ(found(*store, "chain").value(), again.jobs[0].key);
  EXPECT_EQ(found(*store, first.id.text()).value(), 1);
  const auto list = ask(*store, [](Reader& r) { return r.workflows(0, 10); }).value();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1].id, first.id);
  EXPECT_EQ(ask(*store, [&](Reader& r) { return r.workflows(list[0].key, 10); })->size(), 1u);
}

TEST(Graph, AtStartOnlyEdgesToUnfinishedJobsAreThereWithTheEndsOfTheirSources) {
  Folder folder;
  {
    auto store = open_or_fail(folder / "db");
    Chain chain(*store, 4);
    chain.to(*store, 0, State::succeeded);
    chain.to(*store, 1, State::failed);
  }
  auto store = open_or_fail(folder / "db");
  const auto edges = store->take_edges();
  ASSERT_EQ(edges.size(), 2u);
  EXPECT_EQ(edges[0].edge, (Edge{2, 3, EdgeKind::needs}));
  ASSERT_TRUE(edges[0].ended);
  EXPECT_EQ(edges[0].ended->state, State::failed);
  EXPECT_FALSE(edges[0].ended->asked_for);
  EXPECT_FALSE(edges[1].ended);
  EXPECT_TRUE(store->take_edges().empty());
}

TEST(Graph, TotalsFollowTheJobsAlsoThroughARestartOfTheDaemon) {
  Folder folder;
  auto store = open_or_fail(folder / "db");
  Chain chain(*store, 3);
  EXPECT_EQ(in_state(*store, 1, State::passive), 2);
  EXPECT_EQ(in_state(*store, 1, State::active), 1);
  chain.to(*store, 0, State::running);
  store.reset();
  store = open_or_fail(folder / "db");
  chain.to(*store, 0, State::succeeded);
  EXPECT_EQ(in_state(*store, 1, State::passive), 1);
  EXPECT_EQ(in_state(*store, 1, State::running), 0);
  EXPECT_EQ(in_state(*store, 1, State::succeeded), 1);
}

TEST(Graph, WhatWasKilledUnaskedIsCountedApart) {
  Folder folder;
  auto store = open_or_fail(folder / "db");
  Chain chain(*store, 3);
  chain.to(*store, 0, State::killed);
  chain.to(*store, 2, State::killed);
  EXPECT_EQ(in_state(*store, 1, State::killed), 1);
  EXPECT_EQ(totals_of(*store, 1).never_needed, 1);
}

TEST(Graph, ARestartedJobTakesItsPlaceInTheWorkflow) {
  Folder folder;
  auto store = open_or_fail(folder / "db");
  Chain chain(*store, 2);
  chain.to(*store, 0, State::failed);
  EXPECT_EQ(ask(*store, [](Reader& r) { return r.newest_failed(1); }).value(), std::vector<JobKey>{1});
  Submission again = chain.maker.submission(1);
  again.jobs[0].workflow = 1;
  again.jobs[0].node = "node 0";
  again.jobs[0].spec.restart_of = chain.job(0).id;
  ASSERT_TRUE(submit(*store, again).has_value());
  EXPECT_EQ(in_state(*store, 1, State::failed), 0);
  EXPECT_EQ(in_state(*store, 1, State::passive), 1);
  EXPECT_TRUE(ask(*store, [](Reader& r) { return r.newest_failed(1); })->empty());
  EXPECT_EQ(ask(*store, [](Reader& r) { return r.workflow_jobs(1); })->size(), 2u);
}

TEST(Graph, PointersLeadToTheJobAndAreCountedByIt) {
  Folder folder;
  auto store = open_or_fail(folder / "db");
  Chain chain(*store, 2);
  Submission same = chain.maker.submission(1);
  same.history.clear();
  same.jobs[0].same_as = 1;
  same.jobs[0].workflow = same.jobs[0].key;
  same.workflow = chain.submission.workflow;
  same.workflow->key = same.jobs[0].key;
  same.workflow->id = chain.maker.ids.next(1'700'000'000'002);
  same.edges.push_back({same.jobs[0].key, 1, EdgeKind::asks});
  ASSERT_TRUE(submit(*store, same).has_value());
  const std::string pointer = same.jobs[0].id.text();
  EXPECT_EQ(ask(*store, [&](Reader& r) { return r.resolve(pointer); }).value(), 1);
  const auto pointers = ask(*store, [](Reader& r) { return r.pointers_to(1, 10); }).value();
  ASSERT_EQ(pointers.size(), 1u);
  EXPECT_EQ(pointers[0].id, same.jobs[0].id);
  EXPECT_EQ(pointers[0].workflow, same.jobs[0].workflow);
  EXPECT_FALSE(pointers[0].superseded);
  EXPECT_EQ(in_state(*store, same.jobs[0].key, State::passive), 1);
  chain.to(*store, 0, State::killed);
  EXPECT_EQ(totals_of(*store, same.jobs[0].key).never_needed, 1);
  EXPECT_EQ(totals(*store)[static_cast<std::size_t>(State::killed)], 1);  // not twice
  // It is no job of its own: nothing of it is taken up at the next start.
  store.reset();
  EXPECT_EQ(open_or_fail(folder / "db")->take_unfinished().size(), 1u);
}

TEST(Graph, AnEdgeToAJobThatIsGoneRefusesTheSubmissionAlone) {
  Folder folder;
  auto store = open_or_fail(folder / "db");
  Maker maker;
  Submission bad = maker.submission(1), good = maker.submission(1);
  bad.edges.push_back({77, 1, EdgeKind::needs});
  std::promise<Result<Accepted>> refused;
  store->submit(bad, [&](Result<Accepted> r) { refused.set_value(std::move(r)); });
  EXPECT_TRUE(submit(*store, good).has_value());
  EXPECT_FALSE(refused.get_future().get());
  EXPECT_FALSE(ask(*store, [](Reader& r) { return r.job(1); }));
  EXPECT_TRUE(ask(*store, [](Reader& r) { return r.job(2); }));
}

TEST(Graph, AnArchiveLeavesWhatUnfinishedJobsHangOn) {
  Folder folder;
  auto store = open_or_fail(folder / "db");
  Chain chain(*store, 3);
  const auto finish = [&](std::size_t i) {
    chain.job(i).progress.noticed_at = Wall(Milliseconds(1'000 + static_cast<int>(i)));
    Changes changes;
    changes.history.push_back(chain.maker.entry(chain.job(i), State::passive, State::succeeded));
    chain.job(i).progress.state = State::succeeded;
    changes.jobs.push_back({chain.job(i).key, chain.job(i).progress});
    change(*store, std::move(changes));
  };
  const auto archived = [&] {
    std::promise<Result<std::int64_t>> promise;
    store->archive(cut, {}, folder / "archive", [&](Result<std::int64_t> r) { promise.set_value(std::move(r)); });
    return promise.get_future().get().value();
  };
  finish(0);
  finish(1);
  EXPECT_EQ(archived(), 1);
  EXPECT_FALSE(ask(*store, [](Reader& r) { return r.job(1); }));
  EXPECT_TRUE(ask(*store, [](Reader& r) { return r.job(2); }));
  EXPECT_TRUE(to(*store, 2).empty());
  EXPECT_EQ(in_state(*store, 1, State::succeeded), 1);
  auto archive = open_or_fail(folder / "archive");
  EXPECT_EQ(in_state(*archive, 1, State::succeeded), 1);
  EXPECT_EQ(found(*archive, "chain").value(), 1);
  EXPECT_EQ(job(*archive, 1).node, "node 0");
  archive.reset();
  // With its last job a workflow goes, too.
  EXPECT_TRUE(found(*store, "chain"));
  finish(2);
  EXPECT_EQ(archived(), 2);
  EXPECT_FALSE(found(*store, "chain"));
  EXPECT_EQ(in_state(*store, 1, State::succeeded), 0);
  archive = open_or_fail(folder / "archive");
  EXPECT_EQ(found(*archive, "chain").value(), 1);
  EXPECT_EQ(in_state(*archive, 1, State::succeeded), 3);
}

TEST(Graph, PausesAreKept) {
  Folder folder;
  const auto set = [](Store& store, std::vector<Pause> what, bool on) {
    std::promise<Result<>> promise;
    store.set_paused(std::move(what), on, cut, [&](Result<> done) { promise.set_value(std::move(done)); });
    return promise.get_future().get();
  };
  const Pause job{PauseKind::job, 3, {}}, host{PauseKind::host, 0, "/pg\xff"}, backend{PauseKind::backend, 0, "b"};
  {
    auto store = open_or_fail(folder / "db");
    EXPECT_TRUE(store->take_pauses().empty());
    EXPECT_TRUE(set(*store, {job, host, backend}, true));
    EXPECT_TRUE(set(*store, {job, backend}, true));  // twice is once
    EXPECT_TRUE(set(*store, {backend}, false));
  }
  EXPECT_EQ(open_or_fail(folder / "db")->take_pauses(), (std::vector<Pause>{job, host}));
}

TEST(Graph, OfWhatIsOldOnlyThoseOfAFilterAreArchived) {
  Folder folder;
  auto store = open_or_fail(folder / "db");
  Maker maker;
  Submission submission = maker.submission(40);
  for (auto& each : submission.jobs) {
    each.progress.state = State::succeeded;
    each.progress.noticed_at = Wall(Milliseconds(each.key));
    if (each.key % 4 == 0) each.spec.tags = {"old"};
  }
  ASSERT_TRUE(submit(*store, submission).has_value());
  std::promise<Result<std::int64_t>> promise;
  store->archive(cut, filter::parse("tag = old").value(), folder / "archive",
                 [&](Result<std::int64_t> r) { promise.set_value(std::move(r)); });
  const auto moved = promise.get_future().get();
  ASSERT_TRUE(moved) << moved.error().text();
  EXPECT_EQ(*moved, 10);
  EXPECT_EQ(list(*store, {.limit = 100}).size(), 30u);
}

}  // namespace
}  // namespace ketrew::store
