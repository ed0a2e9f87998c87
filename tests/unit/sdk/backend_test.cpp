#include <gtest/gtest.h>

#include "tests/unit/sdk/module_call.hpp"

extern "C" const ketrew_backend_descriptor ketrew_backend_desk, ketrew_backend_front_desk;

namespace ketrew::sdk {
namespace {

using F = ketrew_backend_functions;

Json start_request(const std::string& token, const Json& options = Json::object()) {
  return {{"token", token}, {"program", {{"sh", "true"}}}, {"options", options}, {"host", "/pg"}};
}
Json slip(int version, const Json& state) { return {{"version", version}, {"state", state}}; }
Json jobs_request(std::initializer_list<std::pair<std::string, Json>> jobs) {
  Json list = Json::array();
  for (const auto& [token, state] : jobs) list.push_back({{"id", token}, {"state", state}});
  return {{"host", "/pg"}, {"jobs", list}};
}
const Json good = slip(2, {{"number", "x"}, {"looks", 1}});

TEST(Backend, InitializeTellsWhatItIs) {
  FakeHost host(ketrew_backend_desk);
  const Json answer = host.initialize().json();
  EXPECT_EQ(answer["name"], "desk");
  EXPECT_EQ(answer["version"], "2.0");
  EXPECT_EQ(answer["options_schema"]["properties"]["do"]["type"], "string");
  EXPECT_FALSE(answer["options_schema"]["properties"].contains("road"));
  EXPECT_EQ(answer["far_options_schema"]["properties"]["road"]["type"], "string");
  FakeHost other(ketrew_backend_desk);
  EXPECT_EQ(other.initialize({{"refuse", 1}}).status, KETREW_INVALID);
}

TEST(Backend, EachStartIsAnsweredAndWhatIsThrownIsADoubt) {
  FakeHost host(ketrew_backend_desk);
  host.initialize();
  Json requests = Json::array({start_request("a-1"), start_request("b-1", {{"do", "throw"}}),
                               start_request("c-1", {{"do", "refuse"}}),
                               start_request("d-1", {{"do", "throw-odd"}}), start_request("../e"),
                               start_request("f-1", {{"do", "doubt"}})});
  requests.push_back({{"token", "g-1"}, {"program", Json::array()}, {"host", "/pg"}});
  const Json answers = host.call(&F::start, requests).json();
  ASSERT_EQ(answers.size(), 7u);
  const char* expected[] = {"started", "in-doubt", "refused", "in-doubt",
                            "refused", "in-doubt", "refused"};
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(answers[i]["answer"], expected[i]) << i;
  EXPECT_EQ(answers[0]["state"], slip(2, {{"number", "a-1"}, {"looks", 0}}));
  EXPECT_EQ(answers[1]["why"], "the desk burns");
  EXPECT_EQ(host.call(&F::start, "no list").status, KETREW_INVALID);
}

TEST(Backend, EachFindIsAnswered) {
  FakeHost host(ketrew_backend_desk);
  host.initialize();
  const Json answers =
      host.call(&F::find, {{{"token", "a-1"}, {"host", "/pg"}},
                           {{"token", "b-1"}, {"host", "/pg"}, {"options", {{"do", "throw"}}}},
                           {{"token", "c-1"}, {"host", "no uri"}}})
          .json();
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[0]["answer"], "absent");
  EXPECT_EQ(answers[1]["answer"], "cannot-tell");
  EXPECT_EQ(answers[2]["answer"], "cannot-tell");
}

TEST(Backend, AnUpdateNeverMakesMoreOfItThanTheAuthorSaid) {
  FakeHost host(ketrew_backend_desk);
  host.initialize();
  const Json answer = host.call(&F::update, jobs_request({{"a-1", good},
                                                          {"forgotten-1", good},
                                                          {"same-1", good},
                                                          {"odd-1", {{"pid", 5}}},
                                                          {"new-1", slip(3, {})},
                                                          {"old-1", slip(1, {{"n", "seven"}})},
                                                          {"bad-1", slip(1, {{"m", 1}})}}))
                          .json();
  std::map<std::string, Json> jobs;
  for (const Json& job : answer["jobs"]) jobs[job["id"]] = job;
  ASSERT_EQ(jobs.size(), 7u);
  EXPECT_EQ(jobs["a-1"]["observation"], "running");
  EXPECT_EQ(jobs["a-1"]["state"]["state"]["looks"], 2);
  EXPECT_FALSE(jobs["same-1"].contains("state"));
  EXPECT_EQ(jobs["old-1"]["phase"], "seven");
  EXPECT_EQ(jobs["old-1"]["state"]["version"], 2);
  for (const char* token : {"forgotten-1", "odd-1", "new-1", "bad-1"}) {
    EXPECT_EQ(jobs[token]["observation"], "cannot-tell") << token;
    EXPECT_FALSE(jobs[token].contains("state")) << token;
  }
}

TEST(Backend, AnExceptionInUpdateIsCannotTellOfAll) {
  FakeHost host(ketrew_backend_desk);
  host.initialize();
  const Json answer = host.call(&F::update, jobs_request({{"a-1", good}, {"burn-1", good}})).json();
  ASSERT_EQ(answer["jobs"].size(), 2u);
  for (const Json& job : answer["jobs"]) {
    EXPECT_EQ(job["observation"], "cannot-tell");
    EXPECT_EQ(job["reason"], "the desk burns");
  }
}

TEST(Backend, KillsAreAnswered) {
  FakeHost host(ketrew_backend_desk);
  host.initialize();
  const Json answer =
      host.call(&F::kill, jobs_request({{"a-1", good}, {"forgotten-1", good}, {"b-1", 5}})).json();
  std::map<std::string, Json> jobs;
  for (const Json& job : answer["jobs"]) jobs[job["id"]] = job["answer"];
  EXPECT_EQ(jobs["a-1"], "sent");
  EXPECT_EQ(jobs["forgotten-1"], "cannot-tell");
  EXPECT_EQ(jobs["b-1"], "cannot-tell");
}

TEST(Backend, OnlyListedQueriesAreAsked) {
  FakeHost host(ketrew_backend_desk);
  host.initialize();
  Json request = {{"id", "a-1"}, {"state", good}, {"host", "/pg"}, {"name", "number"}};
  EXPECT_EQ(host.call(&F::query, request).json()["text"], "x");
  request["name"] = "weight";
  const auto refused = host.call(&F::query, request);
  EXPECT_EQ(refused.status, KETREW_INVALID);
  EXPECT_NE(refused.text.find("number"), std::string::npos);
  request["state"] = 5;
  EXPECT_NE(host.call(&F::query, request).status, KETREW_OK);
}

TEST(Delegate, WithoutItsBaseItSaysWhatIsMissing) {
  FakeHost host(ketrew_backend_front_desk);
  const auto answer = host.initialize();
  EXPECT_NE(answer.status, KETREW_OK);
  EXPECT_NE(answer.text.find("desk"), std::string::npos);
  EXPECT_NE(host.call(&F::update, jobs_request({{"a-1", good}})).status, KETREW_OK);
}

TEST(Delegate, PassesOnAndAddsItsOwn) {
  FakeHost host(ketrew_backend_front_desk, {&ketrew_backend_desk});
  const Json told = host.initialize().json();
  EXPECT_EQ(told["name"], "front_desk");
  EXPECT_EQ(told["options_schema"]["properties"].size(), 2u);
  EXPECT_EQ(told["far_options_schema"]["properties"].size(), 3u);
  const Json answers =
      host.call(&F::start, Json::array({start_request("a-1", {{"greeting", "rude"}}),
                                        start_request("b-1", {{"greeting", "hello"}})}))
          .json();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0]["answer"], "refused");
  EXPECT_EQ(answers[1]["answer"], "started");
  const Json state = answers[1]["state"];
  EXPECT_EQ(host.call(&F::update, jobs_request({{"b-1", state}})).json()["jobs"][0]["phase"],
            "b-1");
  Json request = {{"id", "b-1"}, {"state", state}, {"host", "/pg"}, {"name", "twice"}};
  EXPECT_EQ(host.call(&F::queries, request).json()["queries"].size(), 2u);
  EXPECT_EQ(host.call(&F::query, request).json()["text"], "b-1b-1");
  request["name"] = "number";
  EXPECT_EQ(host.call(&F::query, request).json()["text"], "b-1");
}

}  // namespace
}  // namespace ketrew::sdk
