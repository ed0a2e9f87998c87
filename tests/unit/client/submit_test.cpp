#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/client/fake_daemon.hpp"

namespace ketrew::client {
namespace {

Reply accept_all(const Got& got) {
  if (got.target == "/v1/backends")
    return json_reply({{"backends", {{{"name", "first"}}, {{"name", "daemonize"}}}}});
  if (got.target == "/v1/backends/daemonize")
    return json_reply(
        Json::parse(R"({"name": "daemonize", "state": "ready", "options_schema": {"properties": {
        "cpus": {"type": "integer"}, "share": {"type": ["number", "null"]}, "strict": {"type": "boolean"},
        "queue": {"type": "string"}, "raw_options": {"type": "array"}}}})"));
  if (got.target.rfind("/v1/backends/", 0) == 0)
    return problem_reply(ErrorKind::not_found, "no backend", "there are: first, daemonize");
  if (got.body.contains("each")) {
    Json ids = Json::array();
    for (std::size_t i = 0; i < got.body["each"].size(); ++i)
      ids.push_back(an_id(static_cast<int>(i)));
    return json_reply({{"ids", ids}}, 201);
  }
  return json_reply({{"jobs", {{{"id", an_id(1)}, {"state", "queued"}}}}}, 201);
}

std::string here() {
  char buffer[4096];
  return ::getcwd(buffer, sizeof buffer);
}

TEST(Submit, SendsTheProgramByteForByteAndPrintsTheId) {
  FakeDaemon daemon(accept_all);
  const Ran ran =
      run_client(daemon.home(), {"submit", "--name", "n\xff", "-t", "a", "-t", "b", "--retries",
                                 "2", "--", "echo", "a b", "$x\n'\"", "\xfe", "", "--name", "--"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, an_id(1) + "\n");
  const auto requests = daemon.requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, "/v1/jobs");
  EXPECT_EQ(requests[0].header("Idempotency-Key").size(), 32u);
  const Json expected{
      {"name", {{"base64", "bv8="}}},
      {"tags", {"a", "b"}},
      {"retries", 2},
      {"program",
       {{"commands",
         {{{"exec", {"echo", "a b", "$x\n'\"", {{"base64", "/g=="}}, "", "--name", "--"}}}}},
        {"directory", here()}}}};
  EXPECT_EQ(requests[0].body, expected);
}

TEST(Submit, WithoutDashesOptionsOfTheProgramStayItsOwn) {
  FakeDaemon daemon(accept_all);
  const Ran ran = run_client(
      daemon.home(), {"submit", "-t", "a", "-e", "A=1", "sh", "-c", "exit 3", "--name", "x"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(daemon.requests()[0].body["program"]["commands"][0]["exec"],
            Json({"sh", "-c", "exit 3", "--name", "x"}));
}

TEST(Submit, TheDirectoryIsTheCallersOnThisMachineOnly) {
  FakeDaemon daemon(accept_all);
  run_client(daemon.home(), {"submit", "-H", "/pg", "--", "true"});
  run_client(daemon.home(), {"submit", "-H", "ssh://far/pg", "--", "true"});
  run_client(daemon.home(), {"submit", "-H", "cluster", "-d", "/data", "--", "true"});
  run_client(daemon.home(), {"submit", "--in-playground", "--", "true"});
  run_client(daemon.home(), {"submit", "-d", "sub", "--", "true"});
  const auto requests = daemon.requests();
  ASSERT_EQ(requests.size(), 5u);
  EXPECT_EQ(requests[0].body["program"]["directory"], here());
  EXPECT_FALSE(requests[1].body["program"].contains("directory"));
  EXPECT_EQ(requests[2].body["program"]["directory"], "/data");
  EXPECT_FALSE(requests[3].body["program"].contains("directory"));
  EXPECT_EQ(requests[4].body["program"]["directory"], here() + "/sub");
}

TEST(Submit, OptionsGetTheTypesOfTheSchema) {
  FakeDaemon daemon(accept_all);
  const Ran ran =
      run_client(daemon.home(), {"submit", "-o", "cpus=8", "-o", "share=0.5", "-o", "strict=true",
                                 "-o", "queue=12", "-o", "raw_options=--x", "-o",
                                 "raw_options=-y=1", "-o", "unknown=7", "--", "true"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(daemon.requests().back().body["options"],
            Json::parse(R"({"cpus": 8, "share": 0.5, "strict": true, "queue": "12",
                            "raw_options": ["--x", "-y=1"], "unknown": "7"})"));
}

TEST(Submit, AnUnknownBackendIsRefused) {
  FakeDaemon daemon(accept_all);
  const Ran ran = run_client(daemon.home(), {"submit", "-b", "nope", "-o", "a=1", "--", "true"});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_EQ(ran.err, "ketrew: no backend; there are: first, daemonize\n");
}

TEST(Submit, TheEnvironment) {
  FakeDaemon daemon(accept_all);
  ::setenv("KETREW_TEST_HERE", "x=y\xff", 1);
  EXPECT_EQ(
      run_client(daemon.home(), {"submit", "-e", "KETREW_TEST_HERE", "-e", "B=", "--", "true"})
          .exit,
      0);
  EXPECT_EQ(daemon.requests()[0].body["program"]["environment"],
            Json::parse(R"({"KETREW_TEST_HERE": {"base64": "eD15/w=="}, "B": ""})"));
  const Ran unset = run_client(daemon.home(), {"submit", "-e", "KETREW_NEVER_SET", "--", "true"});
  EXPECT_EQ(unset.exit, 2);
}

TEST(Submit, AJobForEachLine) {
  FakeDaemon daemon(accept_all);
  const Ran ran =
      run_client(daemon.home(), {"submit", "--each-line", "-", "--sh", "echo $KETREW_ENTRY"},
                 "one\ntwo words\n\n\xff");
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, an_id(0) + "\n" + an_id(1) + "\n" + an_id(2) + "\n" + an_id(3) + "\n");
  const Json body = daemon.requests()[0].body;
  EXPECT_EQ(body["each"], Json::parse(R"(["one", "two words", "", {"base64": "/w=="}])"));
  EXPECT_EQ(body["job"]["program"]["commands"][0]["sh"], "echo $KETREW_ENTRY");
}

TEST(Submit, LinesThatCannotBe) {
  FakeDaemon daemon(accept_all);
  EXPECT_EQ(run_client(daemon.home(), {"submit", "--each-line", "-", "--", "true"},
                       std::string("a\0b\n", 4))
                .err,
            "ketrew: line 1 of - has a NUL byte; no variable can hold one\n");
  EXPECT_EQ(run_client(daemon.home(), {"submit", "--each-line", "-", "--", "true"}).exit, 1);
  EXPECT_EQ(run_client(daemon.home(), {"submit", "--each-line", "/nonexistent", "--", "true"}).exit,
            1);
  EXPECT_TRUE(daemon.requests().empty());
}

TEST(Submit, ADryRunSubmitsNothing) {
  FakeDaemon daemon(accept_all);
  const Ran ran = run_client(daemon.home(), {"submit", "--dry-run", "--wait", "--", "true"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_EQ(ran.out, "it would be accepted\n");
  EXPECT_EQ(daemon.requests()[0].target, "/v1/jobs?dry_run=true");
}

TEST(Submit, WrongUsage) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"submit"},
           {"submit", "--sh", "x", "--", "y"},
           {"submit", "--retries", "many", "--", "true"},
           {"submit", "--unknown", "--", "true"},
           {"submit", "before", "--", "true"},
           {"submit", "-o", "novalue", "--", "true"},
           {"submit", "--idempotency-key", "a b", "--", "true"}}) {
    const Ran ran = run_client("/nonexistent", words);
    EXPECT_EQ(ran.exit, 2) << words.back() << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

TEST(Submit, ALostConnectionIsRepeatedWithTheSameKey) {
  std::atomic<int> count{0};
  FakeDaemon daemon([&](const Got& got) {
    switch (count++) {
      case 0: return Reply{"", true, false};                               // not a word
      case 1: return Reply{"HTTP/1.1 201 Created\r\nConte", true, false};  // half an answer
      default: return accept_all(got);
    }
  });
  const Ran ran = run_client(daemon.home(), {"submit", "--", "true"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, an_id(1) + "\n");
  const auto requests = daemon.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].header("Idempotency-Key"), requests[2].header("Idempotency-Key"));
  EXPECT_EQ(requests[0].body, requests[2].body);
}

TEST(Submit, WhatStaysUnknownIsSaidWithTheKey) {
  FakeDaemon daemon([](const Got&) { return Reply{"", true, false}; });
  const Ran ran = run_client(daemon.home(), {"submit", "--idempotency-key", "k1", "--", "true"});
  EXPECT_EQ(ran.exit, 3);
  EXPECT_NE(ran.err.find("is not known; repeating it is safe with --idempotency-key k1"),
            std::string::npos)
      << ran.err;
}

TEST(Submit, WaitTellsHowItEnded) {
  FakeDaemon daemon([](const Got& got) {
    if (got.method == "POST") return accept_all(got);
    return json_reply(a_job(1, "failed"));
  });
  const Ran ran = run_client(daemon.home(), {"submit", "--wait", "--", "false"});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_EQ(ran.out, an_id(1) + "\n");
  EXPECT_NE(ran.err.find("exit code 3"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace ketrew::client
