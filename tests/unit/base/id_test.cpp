#include "core/base/id.hpp"

#include <unordered_set>

#include <gtest/gtest.h>

namespace ketrew {
namespace {

TEST(JobId, TextRoundTripsAndKeepsTheOrder) {
  std::mt19937_64 random(1);
  JobId last;
  std::string last_text;
  std::vector<JobId> ids{JobId(0, 0), JobId(0, 1), JobId(~0ull, ~0ull), JobId(1, 0)};
  for (int i = 0; i < 2000; ++i) ids.emplace_back(random(), random());
  std::sort(ids.begin(), ids.end());
  for (const JobId& id : ids) {
    const std::string text = id.text();
    EXPECT_EQ(text.size(), JobId::text_size);
    EXPECT_EQ(JobId::parse(text), id);
    if (last < id) {
      EXPECT_LT(last_text, text);
    }
    last = id;
    last_text = text;
  }
}

TEST(JobId, Refuses) {
  const std::string good = JobId(123, 456).text();
  std::string upper = good;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(JobId::parse(upper), JobId(123, 456));
  EXPECT_FALSE(JobId::parse(""));
  EXPECT_FALSE(JobId::parse(good.substr(1)));
  EXPECT_FALSE(JobId::parse(good + "0"));
  EXPECT_FALSE(JobId::parse("80000000000000000000000000"));  // more than 128 bits
  for (const char c : std::string("ilou-_ \xff") + '\0') {
    std::string bad = good;
    bad[5] = c;
    EXPECT_FALSE(JobId::parse(bad)) << bad;
  }
}

TEST(JobId, Prefixes) {
  EXPECT_EQ(parse_id_prefix("01ABC"), "01abc");
  EXPECT_EQ(parse_id_prefix("7"), "7");
  EXPECT_FALSE(parse_id_prefix(""));
  EXPECT_FALSE(parse_id_prefix("01i"));
  EXPECT_FALSE(parse_id_prefix(std::string(27, '0')));
  EXPECT_TRUE(parse_id_prefix(std::string(26, '0')));
}

TEST(JobIdSource, GrowsWhateverTheClockDoes) {
  for (const std::uint64_t seed : {0u, 1u, 2u}) {
    JobIdSource source(seed);
    std::mt19937_64 random(seed);
    JobId last;
    std::unordered_set<JobId> seen;
    for (int i = 0; i < 20'000; ++i) {
      const std::int64_t time =
          i % 3 == 0 ? 1'700'000'000'000 + i : static_cast<std::int64_t>(random() >> 16);
      const JobId id = source.next(i % 7 == 0 ? -5 : time);
      EXPECT_LT(last, id);
      EXPECT_TRUE(seen.insert(id).second);
      last = id;
    }
  }
}

TEST(JobIdSource, GoesOnAfterAnId) {
  JobIdSource first(1), second(1);
  const JobId id = first.next(5'000'000'000'000);
  second.after(id);
  EXPECT_GT(second.next(1), id);
  JobIdSource edge(3);
  edge.after(JobId(5, ~0ull));
  EXPECT_GT(edge.next(0), JobId(5, ~0ull));
  EXPECT_GT(edge.next(0), JobId(6, 0));
}

TEST(JobIdSource, TheTimeIsInFront) {
  JobIdSource source(9);
  EXPECT_EQ(source.next(1'700'000'000'000).high() >> 16, 1'700'000'000'000u);
}

TEST(AttemptToken, IsTheSameHoweverOftenAskedFor) {
  const JobId id(1, 2);
  EXPECT_EQ(attempt_token(id, 3), id.text() + "-3");
  EXPECT_EQ(attempt_token(id, 3), attempt_token(id, 3));
  EXPECT_NE(attempt_token(id, 3), attempt_token(id, 4));
}

}  // namespace
}  // namespace ketrew
