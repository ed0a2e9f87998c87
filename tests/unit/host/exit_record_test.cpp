#include "core/host/exit_record.hpp"

#include <gtest/gtest.h>

namespace ketrew::host {
namespace {

ExitRecord whole() {
  ExitRecord record;
  record.code = 3;
  record.started = from_unix_milliseconds(1763865812120);
  record.ended = from_unix_milliseconds(1763865813456);
  record.max_rss_bytes = 4096;
  record.cpu_ms = 12;
  record.note = "50% of \"it\"\n=end ";
  return record;
}

TEST(ExitRecord, ComesBackAsItWent) {
  const auto parsed = parse_exit(to_text(whole()));
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(*parsed, whole());
}

TEST(ExitRecord, EveryTruncationIsRefused) {
  const std::string text = to_text(whole());
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_exit(text.substr(0, size))) << size;
}

TEST(ExitRecord, NothingIsReadAsSuccess) {
  for (const char* text :
       {"", "\n", "0\n", "exit end\n", "exit code= end\n", "exit code=256 end\n",
        "exit code=-1 end\n", "exit code=0 signal=9 end\n", "exit signal=0 end\n",
        "claim code=0 end\n", "exit code=0 end\nexit code=1 end\n"})
    EXPECT_FALSE(parse_exit(text)) << text;
}

TEST(ExitRecord, UnknownKeysAreSkipped) {
  const auto parsed = parse_exit("exit code=0 colour=blue end\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->code, 0);
}

TEST(ExitRecord, MutationsNeverCrash) {
  const std::string text = to_text(whole());
  for (std::size_t at = 0; at < text.size(); ++at)
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[at] = static_cast<char>(byte);
      if (const auto parsed = parse_exit(changed)) {
        EXPECT_TRUE(parsed->code || parsed->signal);
      }
    }
}

TEST(ClaimRecord, ComesBackAsItWent) {
  ClaimRecord record;
  record.by = "script";
  record.restart = 2;
  record.process = {"5c2c-boot", 4711, 123456};
  record.mark = "1-2";
  const auto parsed = parse_claim(to_text(record));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, record);
  // A script that could not find out about itself.
  EXPECT_TRUE(parse_claim("claim by=script restart=0 pid=7 start= boot= end\n"));
  EXPECT_FALSE(parse_claim("claim by=script restart=0 pid=-7 end\n"));
}

}  // namespace
}  // namespace ketrew::host
