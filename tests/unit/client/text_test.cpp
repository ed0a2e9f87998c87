// Tables and what stands in them.
#include <gtest/gtest.h>

#include "app/ketrew/job_view.hpp"
#include "app/ketrew/options.hpp"
#include "tests/unit/client/fake_daemon.hpp"

namespace ketrew::client {
namespace {

TEST(TerminalText, NothingSteersATerminal) {
  EXPECT_EQ(escape_for_terminal("a\tb\n\x1b[31m\x7f\xff\xc2\x9b\xe2\x80\xae é日"),
            "a\\tb\\n\\x1b[31m\\x7f\\xff\\u009b\\u202e é日");
}

TEST(TerminalText, WidthsAndCuts) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\xcc\x81"), 1u) << "a combining accent";
  EXPECT_EQ(cut_to_width("abcdef", 4), "abc…");
  EXPECT_EQ(cut_to_width("日本語", 4), "日…");
  EXPECT_EQ(cut_to_width("日本語", 6), "日本語");
  EXPECT_EQ(cut_to_width("abc", 0), "");
}

TEST(TerminalText, HumaneTimes) {
  const Wall now = from_unix_milliseconds(1'000'000'000'000);
  const auto ago = [&](std::int64_t seconds) {
    return format_ago(now - std::chrono::seconds(seconds), now);
  };
  EXPECT_EQ(ago(0), "just now");
  EXPECT_EQ(ago(45), "45s ago");
  EXPECT_EQ(ago(200), "3m ago");
  EXPECT_EQ(ago(7200), "2h ago");
  EXPECT_EQ(ago(47 * 3600), "47h ago");
  EXPECT_EQ(ago(5 * 86400), "5d ago");
  EXPECT_EQ(ago(-300), "in 5m");
}

TEST(TerminalText, ATableIsAlignedAndHasNoSpaceAtTheEnd) {
  const std::vector<std::vector<Cell>> rows = {{{"ID"}, {"N", "", true}, {"NOTE"}},
                                               {{"日本"}, {"7", "", true}, {""}},
                                               {{"x"}, {"1234", "", true}, {"long enough"}}};
  EXPECT_EQ(render_table(rows, 0, false),
            "ID       N  NOTE\n"
            "日本     7\n"
            "x     1234  long enough\n");
  EXPECT_EQ(render_table(rows, 20, false),
            "ID       N  NOTE\n"
            "日本     7\n"
            "x     1234  long en…\n");
  EXPECT_EQ(render_table({{{"a", "31"}, {"b"}}}, 0, true), "\x1b[31ma\x1b[0m  b\n");
}

TEST(JobTable, FitsTheTerminal) {
  Json job = a_job(1, "failed");
  job["name"] = "a name that is much longer than anybody wants to read in a table";
  job["message"] = "exit code 3: and a long explanation of what the program had to say about it";
  for (const std::size_t width : {80u, 100u, 110u, 140u})
    for (const auto& line : split(job_table({job}, wall_now(), width, false), '\n'))
      EXPECT_LE(display_width(line), width) << line;
  EXPECT_NE(job_table({job}, wall_now(), 80, false).find(an_id(1)), std::string::npos)
      << "ids stay whole";
}

TEST(JobTable, SaysWhatEachStateIsAbout) {
  Json job = a_job(1, "killed");
  job["signal"] = 9;
  job["class"] = "out-of-memory";
  EXPECT_EQ(job_remark(job), "signal 9 (out-of-memory)");
  job = a_job(1, "running");
  job["phase"] = "held";
  job["reason"] = "no news since 3m";
  EXPECT_EQ(job_remark(job), "held: no news since 3m");
  EXPECT_EQ(job_label(Json{{"name", ""}, {"program", {{"sh", "echo\nx"}}}}), "echo x");
  EXPECT_EQ(job_label(Json{{"name", {{"base64", "/w=="}}}}), "\\xff");
}

TEST(JobTable, SurvivesAnything) {
  const char* const documents[] = {
      "null",
      "[]",
      "{}",
      "3",
      R"({"id": 3, "state": [], "program": 7, "exit_code": "x"})",
      R"({"name": {"base64": 3}, "started_at": "yesterday", "tags": {}})"};
  for (const char* text : documents) {
    const Json job = Json::parse(text);
    EXPECT_FALSE(job_table({job}, wall_now(), 80, true).empty());
    totals_line(job, true);
  }
}

TEST(Options, FollowTheSchema) {
  const Json schema =
      Json::parse(R"({"properties": {"i": {"type": "integer"}, "n": {"type": "number"},
      "b": {"type": "boolean"}, "s": {"type": "string"}, "m": {"type": ["integer", "string"]},
      "l": {"type": "array"}, "o": {"type": "object"}}})");
  const auto one = [&](const std::string& key, const std::string& text) {
    return convert_options({{key, text}}, schema)[key];
  };
  EXPECT_EQ(one("i", "8"), 8);
  EXPECT_EQ(one("i", "8.5"), "8.5") << "the daemon says what is wrong";
  EXPECT_EQ(one("i", "eight"), "eight");
  EXPECT_EQ(one("n", "8"), 8);
  EXPECT_EQ(one("n", "8.5"), 8.5);
  EXPECT_EQ(one("b", "true"), true);
  EXPECT_EQ(one("b", "yes"), "yes");
  EXPECT_EQ(one("s", "8"), "8");
  EXPECT_EQ(one("m", "8"), 8);
  EXPECT_EQ(one("m", "8G"), "8G");
  EXPECT_EQ(one("l", "[1, 2]"), Json({1, 2}));
  EXPECT_EQ(one("l", "x"), Json::array({"x"}));
  EXPECT_EQ(one("o", R"({"a": 1})"), Json({{"a", 1}}));
  EXPECT_EQ(one("unknown", "8"), "8");
  EXPECT_EQ(convert_options({{"k", "v"}}, nullptr), Json({{"k", "v"}})) << "without a schema";
}

}  // namespace
}  // namespace ketrew::client
