#include "core/base/clock.hpp"

#include <random>

#include <gtest/gtest.h>

namespace ketrew {
namespace {

TEST(Rfc3339, RoundTrips) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 5000; ++i) {
    // The years 0000 to 9999: what four digits can say.
    const std::int64_t ms =
        std::uniform_int_distribution<std::int64_t>(-62167219200000, 253402300799999)(random);
    const Wall time = from_unix_milliseconds(ms);
    EXPECT_EQ(parse_rfc3339(to_rfc3339(time)), time) << to_rfc3339(time);
  }
}

TEST(Rfc3339, Writes) {
  EXPECT_EQ(to_rfc3339(from_unix_milliseconds(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(from_unix_milliseconds(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(from_unix_milliseconds(1700000000123)), "2023-11-14T22:13:20.123Z");
}

TEST(Rfc3339, Reads) {
  const auto ms = [](std::string_view text) {
    return unix_milliseconds(parse_rfc3339(text).value());
  };
  EXPECT_EQ(ms("1970-01-01T00:00:01Z"), 1000);
  EXPECT_EQ(ms("1970-01-01t00:00:01z"), 1000);
  EXPECT_EQ(ms("1970-01-01 00:00:01Z"), 1000);
  EXPECT_EQ(ms("1970-01-01T00:00:01.5Z"), 1500);
  EXPECT_EQ(ms("1970-01-01T00:00:01.123456789Z"), 1123);
  EXPECT_EQ(ms("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(ms("1969-12-31T19:00:00-05:00"), 0);
  EXPECT_EQ(ms("2024-02-29T00:00:00Z"), 1709164800000);
}

TEST(Rfc3339, Refuses) {
  for (const std::string_view text : {"",
                                      "now",
                                      "1970-01-01",
                                      "1970-01-01T00:00:00",
                                      "1970-01-01T00:00Z",
                                      "1970-01-01T00:00:00X",
                                      "1970-01-01T00:00:00+1:00",
                                      "1970-01-01T00:00:00+0100",
                                      "1970-01-01T00:00:00Z ",
                                      " 1970-01-01T00:00:00Z",
                                      "1970-13-01T00:00:00Z",
                                      "1970-00-01T00:00:00Z",
                                      "1970-01-32T00:00:00Z",
                                      "1970-01-00T00:00:00Z",
                                      "1970-02-30T00:00:00Z",
                                      "2023-02-29T00:00:00Z",
                                      "1970-01-01T24:00:00Z",
                                      "1970-01-01T00:60:00Z",
                                      "1970-01-01T00:00:61Z",
                                      "1970-01-01T00:00:00.Z",
                                      "1970-01-01T00:00:00+24:00",
                                      "1970-01-01T00:00:00+00:60",
                                      "-970-01-01T00:00:00Z",
                                      "1970--1-01T00:00:00Z",
                                      "70-01-01T00:00:00Z",
                                      "1970-1-1T0:0:0Z",
                                      "1970-01-01T00:00:00+-1:00",
                                      "1970-01-01T+1:00:00Z",
                                      "1970- 1-01T00:00:00Z"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Duration, Reads) {
  const auto ms = [](std::string_view text) { return parse_duration(text).value().count(); };
  EXPECT_EQ(ms("90"), 90'000);
  EXPECT_EQ(ms("0"), 0);
  EXPECT_EQ(ms("90s"), 90'000);
  EXPECT_EQ(ms("10m"), 600'000);
  EXPECT_EQ(ms("10min"), 600'000);
  EXPECT_EQ(ms("1h30m"), 5'400'000);
  EXPECT_EQ(ms("2d"), 172'800'000);
  EXPECT_EQ(ms("250ms"), 250);
  EXPECT_EQ(ms("1d2h3m4s5ms"), 93'784'005);
}

TEST(Duration, Refuses) {
  for (const std::string_view text :
       {"", "s", "-1", "-1s", "+1s", "1x", "1 s", " 1s", "1.5s", "1e3", "1s-2s",
        "99999999999999999999", "9223372036854775807d", "1125899906842624d", "1h m", "h1"})
    EXPECT_FALSE(parse_duration(text)) << text;
  EXPECT_FALSE(parse_duration("5s10")) << "a number without a unit may only stand alone";
}

TEST(Duration, ManyPartsDoNotOverflow) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "13031248d";
  const auto value = parse_duration(text);
  EXPECT_FALSE(value.has_value());
}

TEST(Duration, Writes) {
  const auto text = [](std::int64_t ms) { return format_duration(Milliseconds(ms)); };
  EXPECT_EQ(text(0), "0ms");
  EXPECT_EQ(text(120), "120ms");
  EXPECT_EQ(text(1000), "1s");
  EXPECT_EQ(text(45'999), "45s");
  EXPECT_EQ(text(60'000), "1m");
  EXPECT_EQ(text(5'400'000), "1h 30m");
  EXPECT_EQ(text(90'000'000), "1d 1h");
  EXPECT_EQ(text(-1500), "-1s");
  EXPECT_NE(text(INT64_MIN), "");
}

TEST(MonoClock, DoesNotGoBack) {
  Mono last = MonoClock::now();
  for (int i = 0; i < 1000; ++i) {
    const Mono now = MonoClock::now();
    EXPECT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace ketrew
