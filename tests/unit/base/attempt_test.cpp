#include "core/base/attempt.hpp"

#include <gtest/gtest.h>

namespace ketrew {
namespace {

TEST(Attempt, ComesBackFromItsToken) {
  const JobId id = *JobId::parse("01kb5w1k2z8nqz2j4w6q0r7t3v");
  const auto attempt = parse_attempt_token(attempt_token(id, 4294967295u));
  ASSERT_TRUE(attempt);
  EXPECT_EQ(attempt->job, id);
  EXPECT_EQ(attempt->number, 4294967295u);
}

TEST(Attempt, OneTokenHasOneSpelling) {
  for (const char* text :
       {"", "01kb5w1k2z8nqz2j4w6q0r7t3v", "01kb5w1k2z8nqz2j4w6q0r7t3v-", "01kb5w1k2z8nqz2j4w6q0r7t3v-01",
        "01KB5W1K2Z8NQZ2J4W6Q0R7T3V-1", "01kb5w1k2z8nqz2j4w6q0r7t3v-4294967296", "01kb5w1k2z8nqz2j4w6q0r7t3v--1",
        "01kb5w1k2z8nqz2j4w6q0r7t3v+1", "01kb5w1k2z8nqz2j4w6q0r7t3v-1/..", "01kb5w1k2z8nqz2j4w6q0r7t3u-1"})
    EXPECT_FALSE(parse_attempt_token(text)) << text;
}

}  // namespace
}  // namespace ketrew
