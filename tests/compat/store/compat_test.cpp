// Databases of earlier versions are opened, say what they said then, and take new jobs.
#include <filesystem>
#include <future>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "core/store/store.hpp"

namespace ketrew::store {
namespace {

// A copy in a folder of its own: the original is never opened.
struct Copy {
  explicit Copy(const std::string& name) {
    std::string made = "/tmp/ketrew-compat-XXXXXX";
    folder = ::mkdtemp(made.data());
    path = folder + "/db";
    std::filesystem::copy_file(std::string(KETREW_COMPAT_FOLDER) + "/" + name, path);
  }
  ~Copy() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  std::string folder, path;
};

template <class F>
auto ask(Store& store, F question) {
  std::promise<decltype(question(std::declval<Reader&>()))> promise;
  store.read([&](Reader& reader) { promise.set_value(question(reader)); });
  return promise.get_future().get();
}

TEST(Compat, Version1) {
  const Copy copy("v1.db");
  auto opened = Store::open({.path = copy.path});
  ASSERT_TRUE(opened) << opened.error().text();
  Store& store = **opened;
  EXPECT_TRUE(store.unreadable().empty());
  EXPECT_EQ(store.last_key(), 6);
  EXPECT_EQ(store.last_sequence(), 11);
  EXPECT_EQ(store.last_id().text(), "01hf7yat06wbrp1f20v0mnpmwz");

  const auto unfinished = store.take_unfinished();
  ASSERT_EQ(unfinished.size(), 3u);
  const Unfinished& running = unfinished[1];
  EXPECT_EQ(running.key, 2);
  EXPECT_EQ(running.backend, "nothing");
  EXPECT_EQ(running.host, "ssh://me@login1:22/scratch/pg");
  EXPECT_TRUE(running.has_condition);
  EXPECT_EQ(running.retries.of(FailureClass::exit), 2);
  EXPECT_EQ(running.progress.state, State::running);
  EXPECT_EQ(running.progress.backend_state, "{\"pid\": 7}");
  EXPECT_EQ(running.progress.phase, "pending");
  EXPECT_TRUE(running.progress.attempt_open);
  EXPECT_EQ(running.progress.failures[0], 1);
  EXPECT_EQ(running.progress.started_at, from_unix_milliseconds(1700000000123));
  EXPECT_TRUE(unfinished[2].progress.doubt);
  EXPECT_TRUE(unfinished[2].progress.kill_asked);

  const auto failed = ask(store, [](Reader& r) { return r.job(3); });
  ASSERT_TRUE(failed) << failed.error().text();
  EXPECT_EQ(failed->progress.state, State::failed);
  EXPECT_EQ(failed->progress.exit_code, 3);
  EXPECT_EQ(failed->progress.failure, FailureClass::exit);
  EXPECT_EQ(failed->progress.evidence, (Evidence{"cat exit", 0, "3"}));
  EXPECT_EQ(failed->progress.usage, Json({{"max_rss_bytes", 12345}}));
  EXPECT_EQ(failed->spec.restart_of, ask(store, [](Reader& r) { return r.job(4); })->id);
  EXPECT_EQ(ask(store, [](Reader& r) { return r.job(2); })->spec.name,
            std::string("\xff\0name", 6));
  EXPECT_EQ(ask(store, [](Reader& r) { return r.list({.tag = std::string("t\xff", 2)}); })->size(),
            1u);

  const auto history = ask(store, [](Reader& r) { return r.history(3); });
  ASSERT_EQ(history->size(), 2u);
  EXPECT_EQ(history->back().to, State::failed);
  EXPECT_EQ(history->back().evidence, (Evidence{"ps", 1, "gone"}));
  const auto totals = ask(store, [](Reader& r) { return r.totals(); });
  EXPECT_EQ((*totals)[static_cast<std::size_t>(State::lost)], 1);

  Submission submission;
  submission.idempotency_key = "request";
  submission.fingerprint = "fingerprint";
  std::promise<Result<Accepted>> promise;
  store.submit(submission, [&](Result<Accepted> r) { promise.set_value(std::move(r)); });
  const auto repeated = promise.get_future().get();
  ASSERT_TRUE(repeated);
  EXPECT_TRUE(repeated->repeated);
  EXPECT_EQ(repeated->ids.size(), 6u);
}

// Jobs of version 1 had been asked for by their users, and are in no workflow.
TEST(Compat, Version1HasNoGraphYet) {
  const Copy copy("v1.db");
  auto store = std::move(*Store::open({.path = copy.path}));
  EXPECT_TRUE(store->take_edges().empty());
  const auto job = ask(*store, [](Reader& r) { return r.job(2); });
  ASSERT_TRUE(job) << job.error().text();
  EXPECT_TRUE(job->progress.asked_for);
  EXPECT_FALSE(job->progress.orphan);
  EXPECT_EQ(job->workflow, 0);
  EXPECT_TRUE(ask(*store, [](Reader& r) { return r.workflows(0, 10); })->empty());
}

TEST(Compat, Version2) {
  const Copy copy("v2.db");
  auto opened = Store::open({.path = copy.path});
  ASSERT_TRUE(opened) << opened.error().text();
  Store& store = **opened;
  EXPECT_TRUE(store.unreadable().empty());
  const auto unfinished = store.take_unfinished();
  ASSERT_EQ(unfinished.size(), 3u);
  const Unfinished& align = unfinished[0];
  EXPECT_EQ(align.key, 2);
  EXPECT_EQ(align.progress.state, State::blocked);
  EXPECT_TRUE(align.progress.asked_for);
  EXPECT_EQ(align.timeout, Milliseconds(3'600'000));
  ASSERT_EQ(align.retries.growth.size(), 1u);
  EXPECT_EQ(align.retries.growth[0].option, "memory");
  EXPECT_FALSE(unfinished[1].progress.asked_for);
  EXPECT_TRUE(unfinished[1].progress.orphan);
  EXPECT_EQ(align.equivalence, equivalence_of(ask(store, [](Reader& r) { return r.job(2); })->spec));

  const auto edges = store.take_edges();
  ASSERT_EQ(edges.size(), 3u);
  EXPECT_EQ(edges[0].edge, (Edge{1, 2, EdgeKind::needs}));
  ASSERT_TRUE(edges[0].ended);
  EXPECT_EQ(edges[0].ended->state, State::failed);
  EXPECT_EQ(edges[1].edge, (Edge{4, 2, EdgeKind::asks}));
  EXPECT_EQ(edges[2].edge, (Edge{2, 3, EdgeKind::on_failure}));

  const auto named = ask(store, [](Reader& r) { return r.resolve_workflow("pipeline\xff"); });
  ASSERT_TRUE(named) << named.error().text();
  const auto workflow = ask(store, [&](Reader& r) { return r.workflow(*named); });
  EXPECT_EQ(workflow->id.text(), "01hf7yat348h36n40wxx38em60");
  EXPECT_EQ(workflow->file, "pipeline.yaml");
  const auto totals = ask(store, [&](Reader& r) { return r.workflow_totals(*named); });
  EXPECT_EQ(totals->states[static_cast<std::size_t>(State::failed)], 0);  // it was restarted
  EXPECT_EQ(totals->states[static_cast<std::size_t>(State::queued)], 1);
  EXPECT_EQ(ask(store, [&](Reader& r) { return r.workflow_jobs(*named); }).value(),
            (std::vector<JobKey>{2, 3, 5}));
  EXPECT_EQ(ask(store, [](Reader& r) { return r.resolve("01hf7yat348h36n40wxx3kvxzz"); }).value(), 2);
  const auto failed = ask(store, [](Reader& r) { return r.job(1); });
  EXPECT_TRUE(failed->progress.timed_out);
  EXPECT_EQ(failed->progress.running_since, from_unix_milliseconds(1'700'000'000'040));
  EXPECT_EQ(failed->node, "prepare");
}

}  // namespace
}  // namespace ketrew::store
