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

}  // namespace
}  // namespace ketrew::store
