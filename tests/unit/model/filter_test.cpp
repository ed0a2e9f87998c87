#include "core/model/filter.hpp"

#include <gtest/gtest.h>

#include "tests/unit/model/samples.hpp"

namespace ketrew::filter {
namespace {

const Wall now = *parse_rfc3339("2026-11-23T12:00:00Z");

JobRecord failed_job() {
  JobRecord job;
  job.id = *JobId::parse("01m83a6geedh96g6ksy8751kaj");
  job.spec.name = "align[sample=a b]";
  job.spec.backend = "slurm";
  job.spec.host = "ssh://me@login1/scratch";
  job.spec.tags = {"night", "Big"};
  job.submitted_at = now - std::chrono::hours(3);
  job.progress.state = State::failed;
  job.progress.attempt = 2;
  job.progress.exit_code = 3;
  job.progress.failure = FailureClass::exit;
  job.progress.message = "exit code 3";
  job.progress.started_at = now - std::chrono::hours(2);
  job.progress.ended_at = now - std::chrono::hours(1);
  job.progress.noticed_at = now - std::chrono::minutes(59);
  return job;
}

bool holds(const std::string& text, const JobRecord& job = failed_job()) {
  const auto filter = parse(text);
  EXPECT_TRUE(filter) << text << ": " << (filter ? "" : filter.error().text());
  return filter && matches(*filter, job, now);
}
std::string problem(const std::string& text) {
  const auto filter = parse(text);
  return filter ? "accepted" : filter.error().text();
}

TEST(Filter, FieldsAreInTheOrderOfTheirTable) {
  for (std::size_t i = 0; i < fields().size(); ++i)
    EXPECT_EQ(static_cast<std::size_t>(fields()[i].field), i) << fields()[i].name;
}

TEST(Filter, EachFieldHoldsWhereItShould) {
  for (const char* text :
       {"id = 01m83a", "id = 01M83A6GEEDH", "name = 'align[sample=a b]'", "name ~ 'sample=?'",
        "name ~ ALIGN*b]", "backend = slurm", "host ~ login1", "tag = night", "tag ~ big",
        "state = failed",
        "status = failed", "class = exit", "message ~ 'code 3'", "attempt = 2", "exit-code > 2",
        "age >= 3h", "took = 1h", "since-end < 1h", "submitted > 2026-11-23",
        "started <= 2026-11-23T10:00:00Z", "finished > 2026-11-23T11:00:59Z", "root-failure",
        "signal != 9", "phase != running", "not in-doubt", "not set-aside", "reason !~ x", ""}) {
    EXPECT_TRUE(holds(text)) << text;
  }
}

TEST(Filter, EachFieldFailsWhereItShould) {
  for (const char* text :
       {"id = 01m83b", "id != 01m83a", "name = align", "name ~ 'sample=??a'", "tag = big",
        "tag != night", "state != failed", "status = successful",
        "class = signal", "exit-code < 3", "age > 3h", "took > 1h", "since-end >= 1h",
        "submitted < 2026-11-23", "signal = 9", "signal > 0", "phase ~ ''", "reason = ''",
        "in-doubt", "set-aside", "not root-failure"}) {
    EXPECT_FALSE(holds(text)) << text;
  }
}

TEST(Filter, AndBindsCloserThanOr) {
  EXPECT_TRUE(holds("state = failed or state = lost and tag = none"));
  EXPECT_FALSE(holds("(state = failed or state = lost) and tag = none"));
  EXPECT_TRUE(holds("not tag = none and not not state = failed"));
  EXPECT_TRUE(holds("not (tag = none or state = lost)"));
}

TEST(Filter, WhatDependsOnAnotherIsNoRootFailure) {
  JobRecord job = failed_job();
  job.progress.state = State::dependency_failed;
  EXPECT_FALSE(holds("root-failure", job));
  EXPECT_TRUE(holds("status = failed", job));
}

TEST(Filter, AnUnfinishedJobTakesUntilNow) {
  JobRecord job = failed_job();
  job.progress.state = State::running;
  job.progress.ended_at.reset();
  EXPECT_TRUE(holds("took = 2h", job));
  job.progress.started_at.reset();
  EXPECT_FALSE(holds("took >= 0s", job));
}

TEST(Filter, ErrorsNameTheColumnAndWhatWouldBeRight) {
  EXPECT_EQ(problem("stat = failed"),
            "filter, column 1: unknown field 'stat'; did you mean 'state'?");
  EXPECT_EQ(problem("state = faild"),
            "filter, column 9: unknown state 'faild'; did you mean 'failed'?");
  EXPECT_NE(problem("tag = a and").find("column 12: expected a field, not end"), std::string::npos);
  EXPECT_NE(problem("tag = a tag = b").find("column 9"), std::string::npos);
  EXPECT_NE(problem("(tag = a").find("for the '(' in column 1"), std::string::npos);
  EXPECT_NE(problem("tag = 'a").find("quote that is not closed"), std::string::npos);
  EXPECT_NE(problem("tag < a").find("use =, !=, ~ or !~"), std::string::npos);
  EXPECT_NE(problem("age = soon").find("is not a duration"), std::string::npos);
  EXPECT_NE(problem("submitted > yesterday").find("is not a time"), std::string::npos);
  EXPECT_NE(problem("attempt = two").find("is not a whole number"), std::string::npos);
  EXPECT_NE(problem("root-failure = yes").find("stands by itself"), std::string::npos);
  EXPECT_NE(problem("! tag = a").find("write `not`"), std::string::npos);
  EXPECT_NE(problem("id = hello!").find("column"), std::string::npos);
}

TEST(Filter, BombsAreRefused) {
  EXPECT_NE(problem(std::string(70'000, ' ')), "accepted");
  EXPECT_NE(problem(std::string(5'000, '(')).find("nested too deeply"), std::string::npos);
  std::string nots, many = "tag = a";
  for (int i = 0; i < 5'000; ++i) nots += "not ";
  for (int i = 0; i < 2'000; ++i) many += " or tag = a";
  EXPECT_NE(problem(nots + "tag = a").find("nested too deeply"), std::string::npos);
  EXPECT_NE(problem(many).find("more than 1000 tests"), std::string::npos);
}

TEST(Filter, LikeAgreesWithASlowerMeaning) {
  // By definition: some tail of the text begins with the pattern.
  struct Slow {
    static bool begins(std::string_view text, std::string_view pattern) {
      if (pattern.empty()) return true;
      if (pattern[0] == '*')
        return begins(text, pattern.substr(1)) || (!text.empty() && begins(text.substr(1), pattern));
      return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
             begins(text.substr(1), pattern.substr(1));
    }
    static bool like(std::string_view text, std::string_view pattern) {
      return begins(text, pattern) || (!text.empty() && like(text.substr(1), pattern));
    }
  };
  Samples samples(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text, pattern;
    for (std::size_t n = samples.below(8); n > 0; --n) text += "ab"[samples.below(2)];
    for (std::size_t n = samples.below(6); n > 0; --n) pattern += "ab*?"[samples.below(4)];
    EXPECT_EQ(like(text, pattern), Slow::like(text, pattern)) << text << " ~ " << pattern;
  }
  EXPECT_TRUE(like("Größe", "gr?ße"));
  EXPECT_FALSE(like("größe", "GRÖSSE"));
}

TEST(Filter, RandomTextsAreAnsweredWithoutHarm) {
  Samples samples(11);
  const std::vector<std::string> words = {"state", "=", "failed", "(", ")", "and", "or", "not", "~",
                                          "'", "name", "age", "2h", "!", "<", "\xff", "root-failure"};
  const JobRecord job = failed_job();
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t n = samples.below(12); n > 0; --n)
      text += words[samples.below(words.size())] + (samples.below(3) ? " " : "");
    if (const auto filter = parse(text)) matches(*filter, job, now);
  }
}

}  // namespace
}  // namespace ketrew::filter
