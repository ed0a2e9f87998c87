#include "backends/pbs/values.hpp"

#include <gtest/gtest.h>

#include "backends/pbs/job_name.hpp"

namespace ketrew::pbs {
namespace {

TEST(Values, JobIds) {
  for (const char* id : {"0", "4711", "1.vm", "123456789.pbs-1.site.example", "52[].vm", "52[3].vm",
                         "7[]"})
    EXPECT_TRUE(is_job_id(id)) << id;
  for (const char* text : {"", ".", "vm.1", "1.", "1.vm x", " 1.vm", "1.vm\n", "-1", "1[", "1[a]",
                           "1].vm", "0x1", "1;rm", "9999999999999999999"})
    EXPECT_FALSE(is_job_id(text)) << text;
}

TEST(Values, OneJobByTwoNames) {
  EXPECT_TRUE(same_job("1.vm", "1.vm"));
  EXPECT_TRUE(same_job("1", "1.vm"));
  EXPECT_TRUE(same_job("1.vm", "1.vm.example.org"));
  EXPECT_FALSE(same_job("1.vm", "1.vmx"));
  EXPECT_FALSE(same_job("1.vm", "11.vm"));
  EXPECT_FALSE(same_job("1.a", "1.b"));
  EXPECT_FALSE(same_job("x", "y"));
}

TEST(Values, Times) {
  EXPECT_EQ(to_rfc3339(*to_time("Sun Nov 22 06:25:23 2026")), "2026-11-22T06:25:23.000Z");
  EXPECT_EQ(to_rfc3339(*to_time("Sun Nov  1 06:25:23 2026")), "2026-11-01T06:25:23.000Z");
  for (const char* text : {"", "Sun Nov 31 06:25:23 2026", "Sun Nix 22 06:25:23 2026",
                           "Sun Nov 22 25:25:23 2026", "Sun Nov 22 06:25 2026", "1795328723"})
    EXPECT_FALSE(to_time(text)) << text;
}

TEST(Values, DurationsAndSizes) {
  EXPECT_EQ(*to_duration("01:02:03"), std::chrono::seconds(3723));
  EXPECT_EQ(*to_duration("90"), std::chrono::seconds(90));
  EXPECT_EQ(*to_duration("1:00:00:00"), std::chrono::hours(24));
  EXPECT_FALSE(to_duration("-1"));
  EXPECT_FALSE(to_duration("Infinite"));
  EXPECT_EQ(from_duration(std::chrono::hours(26) + std::chrono::minutes(3)), "26:03:00");
  EXPECT_EQ(from_duration(Milliseconds(1)), "00:00:01");
  EXPECT_EQ(*to_bytes("3500kb"), 3500 * 1024);
  EXPECT_EQ(*to_bytes("2GB"), std::int64_t{2} << 30);
  EXPECT_EQ(*to_bytes("7"), 7);
  EXPECT_FALSE(to_bytes("kb"));
  EXPECT_FALSE(to_bytes("1xb"));
  EXPECT_FALSE(to_bytes("999999999999pb"));
}

TEST(Values, Nodes) {
  EXPECT_EQ(node_names("vm/0"), "vm");
  EXPECT_EQ(node_names("n1/0*2+n2/0-3+n1/1"), "n1, n2");
  EXPECT_EQ(node_names(""), "");
  std::string many;
  for (int i = 0; i < 50; ++i) many += "n" + std::to_string(i) + "/0+";
  EXPECT_TRUE(node_names(many).ends_with("n9, ..."));
}

TEST(JobName, IsWhatPbsTakesAndCarriesTheToken) {
  const std::string token = "01kb5w1k2z8nqz2j4w6q0r7t3v-12";
  EXPECT_EQ(job_name(std::nullopt, token), "ketrew-" + token);
  EXPECT_EQ(job_name("align", token), "align-" + token);
  EXPECT_EQ(job_name("bad name/(1)\xc3\xa4", token), "bad_name__1___-" + token);
  EXPECT_EQ(job_name("007", token), "j007-" + token);
  EXPECT_EQ(job_name("", token), "j-" + token);
  EXPECT_EQ(job_name("-x", token), "j-x-" + token);
  EXPECT_LE(job_name(std::string(1000, 'n'), token).size(), 230u);
  for (const char* wish : {"align", "a-b-c", "", "x-01kb5w1k2z8nqz2j4w6q0r7t3v-1"})
    EXPECT_EQ(token_of(job_name(wish, token)), token);
  for (const char* name : {"", "name", "01kb5w1k2z8nqz2j4w6q0r7t3v-1", "x-01kb5w-1", "x-1",
                           "x-01KB5W1K2Z8NQZ2J4W6Q0R7T3V-1"})
    EXPECT_EQ(token_of(name), "") << name;
}

}  // namespace
}  // namespace ketrew::pbs
