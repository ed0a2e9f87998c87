// Lists: every selection gives what going through all jobs would give, newest first, page by page.
#include <random>

#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

bool fits(const JobRecord& record, const Selection& s) {
  const auto has = [](const auto& list, const auto& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  const bool final = is_final(record.progress.state);
  return (s.keys.empty() || has(s.keys, record.key)) &&
         (s.states.empty() || has(s.states, record.progress.state)) &&
         (s.tag.empty() || has(record.spec.tags, s.tag)) &&
         (s.name.empty() || record.spec.name == s.name) &&
         (s.backend.empty() || record.spec.backend == s.backend) &&
         (!s.finished_since || !final || *record.progress.noticed_at >= *s.finished_since) &&
         (s.before == 0 || record.key < s.before);
}

TEST(Select, AsGoingThroughAllWould) {
  std::mt19937 random(5);
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  const std::vector<std::string> words = {"a", "b", "\xff", std::string("a\0", 2)};
  Submission submission;
  for (int i = 0; i < 400; ++i) {
    JobRecord record = maker.job(all_states[below(state_count)]);
    record.spec.name = below(3) == 0 ? "" : words[below(4)];
    record.spec.backend = words[below(2)];
    for (std::size_t n = below(3); n > 0; --n) record.spec.tags.push_back(words[n]);
    if (is_final(record.progress.state))
      record.progress.noticed_at = from_unix_milliseconds(static_cast<std::int64_t>(below(1000)));
    submission.jobs.push_back(record);
  }
  ASSERT_TRUE(submit(*store, submission));
  for (int round = 0; round < 500; ++round) {
    Selection s;
    if (below(5) == 0)
      for (std::size_t n = below(9); n > 0; --n) s.keys.push_back(static_cast<JobKey>(below(450)));
    const int kind = static_cast<int>(below(4));
    for (std::size_t n = below(4); n > 0; --n)
      s.states.push_back(kind == 0   ? all_states[below(9)]
                         : kind == 1 ? all_states[10 + below(9)]
                                     : all_states[below(state_count)]);
    if (below(4) == 0) s.tag = words[below(4)];
    if (below(4) == 0) s.name = words[below(4)];
    if (below(4) == 0) s.backend = below(9) == 0 ? "absent" : words[below(2)];
    if (below(2) == 0)
      s.finished_since = from_unix_milliseconds(static_cast<std::int64_t>(below(1000)));
    if (below(3) == 0) s.before = static_cast<JobKey>(1 + below(450));
    s.limit = 1 + below(50);
    std::vector<JobKey> expected;
    for (auto at = submission.jobs.rbegin(); at != submission.jobs.rend(); ++at)
      if (expected.size() < s.limit && fits(*at, s)) expected.push_back(at->key);
    EXPECT_EQ(list(*store, s), expected) << round;
    const auto brief = ask(*store, [&](Reader& reader) { return reader.list_brief(s); });
    ASSERT_TRUE(brief);
    std::vector<JobKey> keys;
    for (const Brief& one : *brief) {
      keys.push_back(one.key);
      const auto& record = submission.jobs[static_cast<std::size_t>(one.key - submission.jobs[0].key)];
      EXPECT_EQ(one.id, record.id);
      EXPECT_EQ(one.state, record.progress.state);
    }
    EXPECT_EQ(keys, expected) << round;
    // All pages together are all.
    if (round % 50 == 0) {
      std::size_t all = 0, paged = 0;
      s.before = 0;
      for (const auto& record : submission.jobs) all += fits(record, s) ? 1 : 0;
      for (;;) {
        const auto page = list(*store, s);
        paged += page.size();
        if (page.size() < s.limit) break;
        s.before = page.back();
      }
      EXPECT_EQ(paged, all);
    }
  }
}

TEST(Select, ManyNoticedRecently) {
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  Submission submission;
  for (int i = 0; i < 31'000; ++i) {  // more than are sorted by key
    submission.jobs.push_back(maker.job(State::succeeded));
    submission.jobs.back().progress.noticed_at = from_unix_milliseconds(i % 2 == 0 ? 2000 : 3000);
  }
  ASSERT_TRUE(submit(*store, submission));
  const auto all = list(*store, {.finished_since = from_unix_milliseconds(1000), .limit = 40'000});
  EXPECT_EQ(all.size(), 31'000u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), std::greater<>()));
  EXPECT_EQ(list(*store, {.finished_since = from_unix_milliseconds(2500), .limit = 40'000}).size(),
            15'500u);
}

// Old jobs that finished now, as after a night in which the daemon was down, below new ones that finished
// before: more of both than are sorted, or looked at.
TEST(Select, ManyNoticedRecentlyAreTheOldest) {
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  Submission submission;
  constexpr int many = 31'000;
  for (int i = 0; i < 2 * many; ++i) {
    const bool open = i == 7 || i == many - 7 || i == many + 7;
    submission.jobs.push_back(maker.job(open ? State::running : State::succeeded));
    if (!open)
      submission.jobs.back().progress.noticed_at = from_unix_milliseconds(i < many ? 2000 : 1000);
  }
  ASSERT_TRUE(submit(*store, submission));
  std::vector<JobKey> expected;
  for (const auto& record : submission.jobs)
    if (!record.progress.noticed_at || *record.progress.noticed_at == from_unix_milliseconds(2000))
      expected.push_back(record.key);
  std::reverse(expected.begin(), expected.end());
  // A page that is looked for through the newer ones, one below them, and the last, which is not full.
  const std::size_t middle = expected.size() / 2, limit = 100;
  for (const std::size_t first : {std::size_t{0}, middle, expected.size() - limit / 2}) {
    Selection selection{.finished_since = from_unix_milliseconds(2000), .limit = limit};
    if (first > 0) selection.before = expected[first - 1];
    const auto begin = expected.begin() + static_cast<std::ptrdiff_t>(first);
    const auto count = std::min<std::ptrdiff_t>(limit, expected.end() - begin);
    EXPECT_EQ(list(*store, selection), std::vector<JobKey>(begin, begin + count)) << first;
  }
}

TEST(Resolve, PrefixesOfIds) {
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  Submission submission = maker.submission(200);
  ASSERT_TRUE(submit(*store, submission));
  const auto resolve = [&](const std::string& text) {
    return ask(*store, [&](Reader& reader) { return reader.resolve(text); });
  };
  for (const auto& record : submission.jobs) {
    const std::string text = record.id.text();
    EXPECT_EQ(resolve(text).value(), record.key);
    std::string upper = text;
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(resolve(upper).value(), record.key);
    for (std::size_t n = 1; n < text.size(); ++n) {
      const auto count = std::count_if(
          submission.jobs.begin(), submission.jobs.end(),
          [&](const auto& other) { return other.id.text().compare(0, n, text, 0, n) == 0; });
      const auto result = resolve(text.substr(0, n));
      ASSERT_EQ(result.has_value(), count == 1);
      if (result) {
        EXPECT_EQ(*result, record.key);
      }
      if (count > 1) {
        EXPECT_EQ(result.error().kind, ErrorKind::ambiguous);
        EXPECT_NE(result.error().hint.find(text.substr(0, n)), std::string::npos);
      }
    }
  }
  for (const std::string text :
       {"zzzz", "", "i", "x y", "'; DROP TABLE jobs", "\xff", "00000000000000000000000000x"}) {
    const auto result = resolve(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::not_found);
  }
}

}  // namespace
}  // namespace ketrew::store
