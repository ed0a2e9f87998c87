// What a backend answers, and what is made of answers that are broken: never an outcome.
#include <gtest/gtest.h>

#include "core/protocol/check.hpp"
#include "core/protocol/find.hpp"
#include "core/protocol/initialize.hpp"
#include "core/protocol/kill.hpp"
#include "core/protocol/query.hpp"
#include "core/protocol/start.hpp"
#include "core/protocol/update.hpp"

namespace ketrew::protocol {
namespace {

TEST(Start, AnswersGoBothWays) {
  const StartAnswer answers[] = {Started{{R"({"pid":1})"}}, Refused{true, "no"}, Refused{false, ""},
                                 InDoubt{"time-out"}};
  for (const StartAnswer& answer : answers)
    EXPECT_EQ(start_answer_from(to_text(answer)), answer) << to_text(answer);
}

TEST(Start, WhatCannotBeReadIsInDoubt) {
  for (const char* text : {"", "5", "{}", R"({"answer":"Started","state":1})",
                           R"({"answer":"started"})", R"({"answer":"refused"})",
                           R"({"answer":"refused","when":"later","why":"x"})", R"({"answer":7})"})
    EXPECT_TRUE(std::holds_alternative<InDoubt>(start_answer_from(text))) << text;
}

TEST(Start, ParamsGoBothWays) {
  const StartParams params{
      "01abc-2", {R"({"sh":"true"})"}, {R"({"cpus":2})"}, "/pg", {"01abc", "odd \xff name", 2}};
  std::string text;
  append_params(text, params);
  ASSERT_TRUE(check_json(text)) << text;
  const auto read = start_params_from(text);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(*read, params);
  EXPECT_FALSE(start_params_from(R"({"token":"../x","program":1,"host":"/pg"})"));
  EXPECT_FALSE(start_params_from(R"({"token":"a-1","host":"/pg"})"));
  EXPECT_FALSE(start_params_from(R"({"token":"a-1","program":1,"host":"/pg","options":[]})"));
}

TEST(Find, AnswersGoBothWaysAndDoubtfulOnesCannotTell) {
  const FindAnswer answers[] = {Found{{"[1]"}}, Absent{{"squeue", 0, "nothing"}},
                                CannotTell{"down"}};
  for (const FindAnswer& answer : answers) EXPECT_EQ(find_answer_from(to_text(answer)), answer);
  for (const char* text : {"", "[]", R"({"answer":"found"})", R"({"answer":"absent?"})",
                           R"({"answer":"absent","evidence":5})"})
    EXPECT_TRUE(std::holds_alternative<CannotTell>(find_answer_from(text))) << text;
}

TEST(Update, ParamsGoBothWays) {
  const JobsParams params{"/pg", {{"a-1", {"{}"}}, {"b-1", {"null"}}}};
  std::string text;
  append_params(text, params);
  const auto read = jobs_params_from(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, params);
  EXPECT_FALSE(jobs_params_from(R"({"host":"/pg","jobs":[{"id":5}]})"));
}

TEST(Update, EachTokenGetsExactlyOneObservationInTheOrderAsked) {
  const std::vector<std::string> asked = {"a-1", "b-1", "c-1", "d-1", "e-1"};
  const auto jobs = update_answer_from(
      R"({"jobs":[{"id":"b-1","observation":"running","phase":"R","state":{"n":2}},)"
      R"({"id":"a-1","observation":"ended","exit_code":3},)"
      R"({"id":"c-1","observation":"ended","exit_code":700},)"
      R"({"id":"zz-1","observation":"gone"},17,{"observation":"gone"},)"
      R"({"id":"e-1","observation":"gone"},{"id":"e-1","observation":"running","phase":""}]})",
      asked);
  ASSERT_EQ(jobs.size(), asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) EXPECT_EQ(jobs[i].token, asked[i]);
  EXPECT_EQ(std::get<observed::Ended>(jobs[0].observation).exit_code, 3);
  EXPECT_EQ(std::get<observed::Running>(jobs[1].observation).phase, "R");
  ASSERT_TRUE(jobs[1].state);
  EXPECT_EQ(jobs[1].state->text, R"({"n":2})");
  for (std::size_t i : {2u, 3u, 4u}) {
    EXPECT_TRUE(std::holds_alternative<observed::CannotTell>(jobs[i].observation)) << i;
    EXPECT_FALSE(jobs[i].state);
  }
}

TEST(Update, ABrokenAnswerIsCannotTellOfAll) {
  const std::vector<std::string> asked = {"a-1", "b-1"};
  for (const char* text : {"", "[]", "{}", R"({"jobs":5})"}) {
    const auto jobs = update_answer_from(text, asked);
    ASSERT_EQ(jobs.size(), 2u);
    for (const auto& job : jobs)
      EXPECT_TRUE(std::holds_alternative<observed::CannotTell>(job.observation)) << text;
  }
}

TEST(Update, AnswersGoBothWays) {
  const std::vector<JobObservation> jobs = {
      {"a-1", observed::Waiting{"Priority"}, RawJson{"[1]"}},
      {"b-1", observed::Ended{{}, 9, {}, "killed", {"sacct", 0, "x"}}, {}},
      {"c-1", observed::Gone{}, {}},
      {"d-1", observed::CannotTell{"down \"now\"", {}}, {}}};
  const std::vector<std::string> asked = {"a-1", "b-1", "c-1", "d-1"};
  EXPECT_EQ(update_answer_from(to_text(jobs), asked), jobs);
}

TEST(Kill, AnswersGoBothWaysAndUnknownWordsCannotTell) {
  const std::vector<KillAnswer> answers = {{"a-1", KillWord::sent, ""},
                                           {"b-1", KillWord::already_over, ""},
                                           {"c-1", KillWord::cannot_tell, "down"}};
  const std::vector<std::string> asked = {"a-1", "b-1", "c-1"};
  EXPECT_EQ(kill_answer_from(to_text(answers), asked), answers);
  const auto broken = kill_answer_from(R"({"jobs":[{"id":"a-1","answer":"done"}]})", asked);
  for (const KillAnswer& answer : broken) EXPECT_EQ(answer.answer, KillWord::cannot_tell);
}

TEST(Initialize, GoesBothWaysAndOtherVersionsAreRefused) {
  const InitializeParams params{"slurm", {R"({"a":1})"}, "/home/x"};
  EXPECT_EQ(initialize_params_from(to_text(params)), params);
  const InitializeResult result{
      "slurm", "1.2", {true, Milliseconds(0), 7}, {R"({"type":"object"})"}, {R"({"far":1})"}};
  const auto read = initialize_result_from(to_text(result));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(*read, result);
  EXPECT_EQ(
      initialize_result_from(R"({"protocol":1,"name":"x","options_schema":{}})")->capabilities,
      Capabilities{});
  for (const char* text :
       {R"({"protocol":2,"name":"x","options_schema":{}})", R"({"name":"x","options_schema":{}})",
        R"({"protocol":1,"name":"x"})",
        R"({"protocol":1,"name":"x","options_schema":{},"far_options_schema":[]})",
        R"({"protocol":1,"name":"x","options_schema":{},"capabilities":{"batch":0}})"})
    EXPECT_FALSE(initialize_result_from(text)) << text;
}

TEST(Query, GoesBothWaysWithAnyBytes) {
  const QueryParams params{{"a-1", {"{}"}, "/pg"}, "stdout", -100, 10};
  EXPECT_EQ(query_params_from(to_text(params)), params);
  const QueryAnswer answer{std::string("\xff\0\n", 3), 5, 8};
  EXPECT_EQ(query_answer_from(to_text(answer)), answer);
  const std::vector<QueryDescription> queries = {{"stdout", "what it \"wrote\""}};
  EXPECT_EQ(queries_from(queries_to_text(queries)), queries);
  const std::vector<LogValue> values = {{"pid", "5"}};
  EXPECT_EQ(log_from(log_to_text(values)), values);
  EXPECT_FALSE(query_params_from(R"({"id":"a-1","state":1,"host":"/pg","name":"x","limit":0})"));
}

TEST(Check, GoesBothWays) {
  const std::vector<CheckEntry> checks = {{"sbatch", CheckLevel::warning, "old"}};
  EXPECT_EQ(checks_from(checks_to_text(checks)), checks);
  EXPECT_FALSE(checks_from(R"({"checks":[{"name":"a","level":"good"}]})"));
  const std::vector<std::string> tokens = {"a-1", "b-2"};
  EXPECT_EQ(changed_from(changed_to_text(tokens)), tokens);
}

}  // namespace
}  // namespace ketrew::protocol
