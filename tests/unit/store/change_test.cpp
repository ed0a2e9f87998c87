// Changes: the last one wins, nothing of the history is lost, the totals are the truth.
#include <random>

#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

TEST(Change, OfOneJobInOneGroup) {
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  Submission submission = maker.submission(1);
  JobRecord sent = submission.jobs[0];
  std::vector<HistoryEntry> expected = submission.history;
  // Nothing is waited for: submission and changes meet in a group or two.
  store->submit(submission, {});
  for (const State state :
       {State::active, State::queued, State::starting, State::running, State::failed}) {
    Changes changes = to_state(maker, sent, state);
    expected.push_back(changes.history[0]);
    store->change(std::move(changes), {});
  }
  change(*store, {});
  EXPECT_TRUE(same(job(*store, sent.key), sent));
  EXPECT_EQ(history(*store, sent.key), expected);
  Totals all{};
  all[static_cast<std::size_t>(State::failed)] = 1;
  EXPECT_EQ(totals(*store), all);
}

TEST(Change, HistoryWithoutProgress) {
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  Submission submission = maker.submission(1);
  ASSERT_TRUE(submit(*store, submission));
  const JobRecord& sent = submission.jobs[0];
  std::vector<HistoryEntry> expected = submission.history;
  for (int i = 0; i < 3; ++i) {
    expected.push_back(maker.entry(sent, State::passive, State::passive, "noted"));
    change(*store, {{}, {expected.back()}});
  }
  EXPECT_EQ(history(*store, sent.key), expected);
}

TEST(Change, OfAJobThatIsNotThereIsDropped) {
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  JobRecord absent = maker.job();
  change(*store, to_state(maker, absent, State::running));
  change(*store, {{}, {maker.entry(absent, State::running, State::running)}});
  EXPECT_EQ(totals(*store), Totals{});
  EXPECT_TRUE(ask(*store, [](Reader& r) { return r.events_after(0, 10); }).value().empty());
  EXPECT_FALSE(ask(*store, [&](Reader& r) { return r.history(absent.key); }));
}

TEST(Change, FinishedJobsCanStillChange) {
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  Submission submission = maker.submission(1);
  JobRecord& sent = submission.jobs[0];
  ASSERT_TRUE(submit(*store, submission));
  for (const State state : {State::lost, State::running, State::killed, State::succeeded}) {
    change(*store, to_state(maker, sent, state));
    EXPECT_TRUE(same(job(*store, sent.key), sent));
    EXPECT_EQ(list(*store, {.states = {state}}), std::vector{sent.key});
    EXPECT_TRUE(list(*store, {.states = {State::lost, State::killed, State::queued}}).size() ==
                (state == State::lost || state == State::killed ? 1u : 0u));
  }
  EXPECT_EQ(sqlite_number(folder / "db", "SELECT count(*) FROM finished"), 1);
  EXPECT_EQ(sqlite_number(folder / "db", "SELECT count(*) FROM unsucceeded"), 0);
  EXPECT_EQ(sqlite_number(folder / "db", "SELECT count(*) FROM open_jobs"), 0);
}

// Random submissions and changes, with restarts: what is asked is always what a simple model says.
TEST(Change, RandomWritesAgreeWithAModel) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) {
      return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    Folder folder;
    Maker maker;
    auto store = open_or_fail(folder / "db");
    std::map<JobKey, JobRecord> model;
    std::map<JobKey, std::vector<HistoryEntry>> histories;
    for (int step = 0; step < 300; ++step) {
      if (below(3) == 0 || model.empty()) {
        Submission submission = maker.submission(1 + below(5));
        for (auto& each : submission.jobs) each.progress.state = all_states[below(state_count)];
        for (const auto& each : submission.jobs) model[each.key] = each;
        for (const auto& each : submission.history) histories[each.job].push_back(each);
        store->submit(submission, {});
      } else {
        Changes all;
        for (std::size_t n = below(6); n-- > 0;) {
          JobRecord& record =
              std::next(model.begin(), static_cast<std::ptrdiff_t>(below(model.size())))->second;
          Changes one = to_state(maker, record, all_states[below(state_count)]);
          histories[record.key].push_back(one.history[0]);
          all.jobs.push_back(one.jobs[0]);
          all.history.push_back(one.history[0]);
        }
        store->change(all, {});
      }
      if (below(60) == 0) {
        store.reset();
        store = open_or_fail(folder / "db");
        std::size_t open = 0;
        for (const auto& [key, record] : model) open += is_final(record.progress.state) ? 0 : 1;
        EXPECT_EQ(store->take_unfinished().size(), open);
      }
    }
    change(*store, {});
    Totals truth{};
    for (const auto& [key, record] : model) {
      ++truth[static_cast<std::size_t>(record.progress.state)];
      EXPECT_TRUE(same(job(*store, key), record)) << key;
      EXPECT_EQ(history(*store, key), histories[key]) << key;
    }
    EXPECT_EQ(totals(*store), truth);
    const auto events = ask(*store, [](Reader& r) { return r.events_after(0, 1'000'000); }).value();
    ASSERT_EQ(events.size(), static_cast<std::size_t>(maker.next_sequence - 1));
    for (std::size_t i = 0; i < events.size(); ++i)
      EXPECT_EQ(events[i].sequence, static_cast<std::int64_t>(i + 1));
    EXPECT_EQ(ask(*store, [](Reader& r) { return r.events_after(100, 7); }).value().size(), 7u);
  }
}

}  // namespace
}  // namespace ketrew::store
