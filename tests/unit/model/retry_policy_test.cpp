// What the next attempt gets more of.
#include "core/model/retry_policy.hpp"

#include <gtest/gtest.h>

namespace ketrew {
namespace {

Json after(int failures, const char* factor, const Json& value) {
  const auto policy =
      retry_policy_from_json({{"out-of-memory", {{"times", 5}, {"memory", factor}}}});
  EXPECT_TRUE(policy.has_value());
  std::array<std::uint16_t, failure_class_count> counts{};
  counts[static_cast<std::size_t>(FailureClass::out_of_memory)] =
      static_cast<std::uint16_t>(failures);
  counts[static_cast<std::size_t>(FailureClass::exit)] = 7;  // another class: grows nothing
  return grown_options({{"memory", value}, {"cpus", 3}}, *policy, counts);
}

TEST(Growth, MultipliesOncePerFailure) {
  EXPECT_EQ(after(0, "x1.5", "4G"), (Json{{"memory", "4G"}, {"cpus", 3}}));
  EXPECT_EQ(after(1, "x1.5", "4G"), (Json{{"memory", "6G"}, {"cpus", 3}}));
  EXPECT_EQ(after(2, "x1.5", "4G"), (Json{{"memory", "9G"}, {"cpus", 3}}));
}

TEST(Growth, KnowsNumbersSizesAndDurations) {
  EXPECT_EQ(after(1, "x1.5", 3)["memory"], 5);
  EXPECT_EQ(after(1, "x1.1", 100)["memory"], 110);  // not 111
  EXPECT_EQ(after(1, "x1.5", 0.5)["memory"], 0.75);
  EXPECT_EQ(after(1, "x1.5", "1G")["memory"], "1.5G");
  EXPECT_EQ(after(3, "x1.1", "1GiB")["memory"], "1.331GiB");
  EXPECT_EQ(after(1, "x1.5", "101")["memory"], "152");
  EXPECT_EQ(after(1, "x1.5", "101B")["memory"], "152B");
  EXPECT_EQ(after(1, "x2", "1h30m")["memory"], "10800s");
  EXPECT_EQ(after(1, "x1.5", "250ms")["memory"], "1s");
  EXPECT_EQ(after(1, "x1.5", "30m")["memory"], "2700s");
}

TEST(Growth, LeavesEverythingElseAlone) {
  for (const Json& value : {Json("much"), Json("4GB/s"), Json(true), Json(nullptr), Json("-4G"),
                            Json(""), Json::array({1}), Json("4g")})
    EXPECT_EQ(after(2, "x2", value)["memory"], value);
}

TEST(Growth, HasAnEnd) {
  EXPECT_EQ(after(1000, "x1000", 5)["memory"], 9'000'000'000'000'000);
  EXPECT_EQ(after(1000, "x1000", "5G")["memory"], "9000000000000000G");
}

TEST(Growth, IsReadAndWritten) {
  const Json json{{"exit", 1}, {"out-of-memory", {{"times", 2}, {"memory", "x1.5"}}}};
  const auto policy = retry_policy_from_json(json);
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ(policy->growth, (std::vector<Growth>{{FailureClass::out_of_memory, "memory", 1.5}}));
  EXPECT_EQ(policy->of(FailureClass::out_of_memory), 2);
  EXPECT_EQ(to_json(*policy), json);
}

}  // namespace
}  // namespace ketrew
