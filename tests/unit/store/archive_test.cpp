// Archives: moved, never copied twice, never lost.
#include <sqlite3.h>

#include "tests/unit/store/faulty_vfs.hpp"
#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

constexpr Wall cut = Wall(Milliseconds(1'000'000));

Result<std::int64_t> archive(Store& store, const std::string& path, Wall time = cut) {
  std::promise<Result<std::int64_t>> promise;
  store.archive(time, {}, path, [&](Result<std::int64_t> r) { promise.set_value(std::move(r)); });
  return promise.get_future().get();
}

// Of each ten: five finished long ago, two lately, three are open.
struct Home {
  explicit Home(const std::string& path, std::size_t jobs) : store(open_or_fail(path)) {
    Submission submission = maker.submission(jobs);
    for (auto& each : submission.jobs) {
      const JobKey n = each.key % 10;
      each.spec.tags = {"tag"};
      each.spec.name = "job " + std::to_string(each.key);
      if (n < 7) {
        each.progress.state = n == 0 ? State::lost : State::succeeded;
        each.progress.noticed_at = cut + Milliseconds(n < 5 ? -each.key : each.key);
      }
      submission.history.push_back(maker.entry(each, State::passive, each.progress.state));
      all[each.key] = each;
      if (n < 5) old.push_back(each.key);
    }
    EXPECT_TRUE(submit(*store, submission).has_value());
  }
  Maker maker;
  std::unique_ptr<Store> store;
  std::map<JobKey, JobRecord> all;
  std::vector<JobKey> old;
};

void expect_moved(const Home& home, Store& here, Store& there) {
  Totals here_truth{}, there_truth{};
  for (const auto& [key, record] : home.all) {
    const bool moved = std::count(home.old.begin(), home.old.end(), key) > 0;
    ++(moved ? there_truth : here_truth)[static_cast<std::size_t>(record.progress.state)];
    EXPECT_TRUE(same(job(moved ? there : here, key), record));
    EXPECT_EQ(history(moved ? there : here, key).size(), 2u);
    EXPECT_FALSE(ask(moved ? here : there, [&](Reader& r) { return r.job(key); }));
    EXPECT_EQ(list(moved ? there : here, {.name = record.spec.name}), std::vector{key});
  }
  EXPECT_EQ(totals(here), here_truth);
  EXPECT_EQ(totals(there), there_truth);
  EXPECT_EQ(list(there, {.tag = "tag", .limit = 10'000}).size(), home.old.size());
  EXPECT_EQ(list(here, {.tag = "tag", .limit = 10'000}).size(), home.all.size() - home.old.size());
  EXPECT_EQ(list(here, {.finished_since = from_unix_milliseconds(-1), .limit = 10'000}).size(),
            home.all.size() - home.old.size());
}

TEST(Archive, MovesWhatFinishedBefore) {
  Folder folder;
  Home home(folder / "db", 1500);
  const auto moved = archive(*home.store, folder / "archive");
  ASSERT_TRUE(moved) << moved.error().text();
  EXPECT_EQ(*moved, static_cast<std::int64_t>(home.old.size()));
  EXPECT_EQ(archive(*home.store, folder / "archive").value(), 0);
  {
    auto there = open_or_fail(folder / "archive");
    expect_moved(home, *home.store, *there);
  }
  for (const char* table : {"history", "progress", "jobs", "tags", "finished", "unsucceeded"})
    EXPECT_GT(sqlite_number(folder / "archive", std::string("SELECT count(*) FROM ") + table), 0)
        << table;
  EXPECT_EQ(sqlite_number(folder / "db", "SELECT count(*) FROM history"),
            2 * static_cast<std::int64_t>(home.all.size() - home.old.size()));
  // Numbers are not given out again.
  home.store.reset();
  home.store = open_or_fail(folder / "db");
  EXPECT_EQ(home.store->last_key(), 1500);
  EXPECT_EQ(home.store->last_sequence(), home.maker.next_sequence - 1);
}

TEST(Archive, LastNumbersSurviveWhenEverythingIsArchived) {
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  Submission submission = maker.submission(3);
  for (auto& each : submission.jobs)
    each.progress.state = State::failed, each.progress.noticed_at = Wall{};
  ASSERT_TRUE(submit(*store, submission));
  EXPECT_EQ(archive(*store, folder / "archive").value(), 3);
  store.reset();
  store = open_or_fail(folder / "db");
  EXPECT_EQ(store->last_key(), 3);
  EXPECT_EQ(store->last_id(), submission.jobs[2].id);
  EXPECT_EQ(store->last_sequence(), 3);
}

// Broken off at any write, on either side: afterwards each job is in one place or the other, or in
// both until the next run; never in none.
TEST(Archive, BrokenOffAnywhereLosesNothing) {
  Folder folder;
  Home home(folder / "db", 700);
  FaultyVfs vfs;
  int failures = 0;
  std::string last;
  for (int n = 0;; n = n < 20 ? n + 1 : n + n / 7) {
    ASSERT_LT(n, 100'000) << last;
    vfs.fail_writes(SQLITE_FULL, n);
    const auto moved = archive(*home.store, folder / "archive");
    vfs.heal();
    ASSERT_TRUE(wait_until([&] { return home.store->problem().empty(); }));
    if (moved) break;
    last = moved.error().text();
    ++failures;
  }
  EXPECT_GT(failures, 5);
  auto there = open_or_fail(folder / "archive");
  expect_moved(home, *home.store, *there);
}

TEST(Archive, RefusesItselfAndOtherHomes) {
  Folder folder;
  Home home(folder / "db", 20), other(folder / "other", 20);
  EXPECT_EQ(archive(*home.store, folder / "db").error().kind, ErrorKind::invalid);
  EXPECT_EQ(archive(*home.store, folder / "archive").value(), 10);
  EXPECT_EQ(archive(*other.store, folder / "archive").error().kind, ErrorKind::conflict);
  EXPECT_EQ(totals(*other.store)[static_cast<std::size_t>(State::lost)], 2);
  EXPECT_FALSE(archive(*home.store, folder / "no/such/folder"));
}

TEST(Archive, WorkGoesOn) {
  Folder folder;
  Home home(folder / "db", 3000);
  std::promise<Result<std::int64_t>> moved;
  home.store->archive(cut, {}, folder / "archive",
                      [&](Result<std::int64_t> r) { moved.set_value(std::move(r)); });
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(submit(*home.store, home.maker.submission(1)).has_value());
  EXPECT_EQ(moved.get_future().get().value(), 1500);
  EXPECT_EQ(totals(*home.store)[0], 900 + 20);
}

}  // namespace
}  // namespace ketrew::store
