// The other commands: output, documents, exit codes.
#include <atomic>

#include <gtest/gtest.h>

#include "tests/unit/client/fake_daemon.hpp"

namespace ketrew::client {
namespace {

const std::string id = an_id(1);

Reply bytes_reply(const std::string& all, const Got& got) {
  const auto at = got.target.find("offset=") + 7;
  std::int64_t offset = std::stoll(got.target.substr(at));
  const auto size = static_cast<std::int64_t>(all.size());
  if (offset < 0) offset = std::max<std::int64_t>(0, size + offset);
  offset = std::min(offset, size);
  // Three bytes at a time: more than one request is needed.
  return json_reply({{"text", bytes_to_json(all.substr(static_cast<std::size_t>(offset), 3))},
                     {"offset", offset},
                     {"size", size}});
}

Reply serve(const Got& got) {
  const auto is = [&](const std::string& target) { return got.target == target; };
  if (is("/v1/status"))
    return json_reply(
        {{"totals", {{"running", 1}, {"failed", 1}}},
         {"daemon",
          {{"pid", 4711},
           {"version", "1"},
           {"home", "/h"},
           {"profile", "default"},
           {"started_at", "2026-11-23T02:23:52.120Z"},
           {"problems", {"the disk is full"}}}},
         {"backends",
          {{{"name", "mock"}, {"state", "down"}, {"problem", "no answer"}, {"restarts", 2}}}}});
  if (got.target.rfind("/v1/jobs?", 0) == 0) {
    if (got.target.find("cursor=") == std::string::npos)
      return json_reply({{"jobs", {a_job(2, "failed")}}, {"next_cursor", "c"}});
    return json_reply({{"jobs", {a_job(1, "running")}}, {"next_cursor", nullptr}});
  }
  if (is("/v1/jobs/" + id)) return json_reply(a_job(1, "failed"));
  if (is("/v1/jobs/" + id + "/history"))
    return json_reply({{"history",
                        {{{"sequence", 1},
                          {"at", "2026-11-23T02:23:52.120Z"},
                          {"from", "running"},
                          {"to", "failed"},
                          {"attempt", 1},
                          {"reason", "ended"},
                          {"evidence", {{"words", "exit 3"}}}}}}});
  if (is("/v1/jobs/" + id + "/why"))
    return json_reply({{"id", id},
                       {"state", "failed"},
                       {"lines", {"exit code 3", "  \x1b[31mred"}},
                       {"causes", Json::array()}});
  if (is("/v1/jobs/" + id + "/log"))
    return problem_reply(ErrorKind::unavailable, "the backend is down");
  if (is("/v1/jobs/" + id + "/queries"))
    return json_reply({{"queries", {{{"name", "stdout"}, {"description", "its output"}}}}});
  if (got.target.rfind("/v1/jobs/" + id + "/queries/stdout?", 0) == 0)
    return bytes_reply("one\ntwo \xff\x1b[31m\n", got);
  if (got.target.rfind("/v1/jobs/" + id + "/queries/", 0) == 0)
    return problem_reply(ErrorKind::not_found, "no query", "there is: stdout");
  if (is("/v1/jobs/01jd"))
    return problem_reply(ErrorKind::ambiguous, "several jobs", "give more of it");
  if (is("/v1/jobs/kill"))
    return json_reply({{"jobs", {{{"id", id}, {"state", "failed"}, {"already_over", true}}}}});
  if (is("/v1/jobs/restart"))
    return json_reply({{"jobs", {{{"id", an_id(9)}, {"restart_of", id}, {"state", "queued"}}}}},
                      201);
  if (is("/v1/archive")) return json_reply({{"archived", 12}});
  return problem_reply(ErrorKind::not_found, "no job", "see: ketrew status --all");
}

class Commands : public testing::Test {
 protected:
  Ran run(const std::vector<std::string>& words) { return run_client(daemon.home(), words); }
  FakeDaemon daemon{serve};
};

TEST_F(Commands, StatusSaysWhatIsWrongThenTotalsThenTheTable) {
  const Ran ran = run({"status"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(
      ran.out.rfind(
          "! the disk is full\n! backend mock is down: no answer\n1 running, 1 failed\n\nID ", 0),
      0u)
      << ran.out;
  EXPECT_LT(ran.out.find(an_id(2)), ran.out.find(an_id(1))) << "the order of the daemon";
  EXPECT_NE(ran.out.find("exit code 3"), std::string::npos);
  EXPECT_EQ(ran.out.find('\x1b'), std::string::npos) << "no colour where there is no terminal";
}

TEST_F(Commands, StatusAsJsonHasEveryPage) {
  const Json document = run({"status", "--json"}).json();
  EXPECT_EQ(document["totals"], Json::parse(R"({"running": 1, "failed": 1})"));
  ASSERT_EQ(document["jobs"].size(), 2u);
  EXPECT_EQ(document["jobs"][0], a_job(2, "failed"));
  EXPECT_EQ(document.size(), 2u) << "totals and jobs are the whole promise";
}

// A thousand and one jobs; a page has as many as were asked for.
Reply serve_many(const Got& got) {
  const auto limit_at = got.target.find("limit=");
  if (limit_at == std::string::npos) return serve(got);
  const int limit = std::stoi(got.target.substr(limit_at + 6));
  Json jobs = Json::array();
  for (int i = 0; i < std::min(limit, 1001); ++i) jobs.push_back(a_job(i, "succeeded"));
  return json_reply({{"jobs", jobs}, {"next_cursor", limit <= 1000 ? Json("1") : Json(nullptr)}});
}

TEST(Status, IntoAPipeItIsBoundedAndSaysSo) {
  FakeDaemon daemon(serve_many);
  const Ran ran = run_client(daemon.home(), {"status"});
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1000 + 5) << ran.out.substr(0, 400);
  EXPECT_EQ(ran.err, "the newest 1000; all of them: --limit 0\n");
  const Ran document = run_client(daemon.home(), {"status", "--json"});
  EXPECT_EQ(document.json()["jobs"].size(), 1000u);
  EXPECT_EQ(document.json()["more"], true);
  const Ran all = run_client(daemon.home(), {"status", "--json", "--limit", "0"});
  EXPECT_EQ(all.json()["jobs"].size(), 1001u);
  EXPECT_FALSE(all.json().contains("more"));
  EXPECT_EQ(all.err, "");
}

TEST_F(Commands, StatusChooses) {
  run({"status", "--state", "failed", "--state", "lost", "--tag", "a&b", "--limit", "7"});
  EXPECT_EQ(daemon.requests()[1].target, "/v1/jobs?state=failed&state=lost&tag=a%26b&limit=7");
  EXPECT_EQ(run({"status", "--state", "faild"}).err,
            "ketrew: \"faild\" is no state of a job; did you mean \"failed\"?\n");
  EXPECT_EQ(run({"status", "--where", "x"}).exit, 2);
  EXPECT_EQ(run({"status", "--where", "state = failed", "01m"}).exit, 2);
}

TEST_F(Commands, ShowHasAPlaceForEachPartEvenIfItFails) {
  const Ran ran = run({"show", id});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  for (const char* part : {"failed  exit code 3", "History", "\"exit 3\"",
                           "Backend\n  (the backend is down)", "End of stdout\n  one", "Ask more"})
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << "\n" << ran.out;
  const Json document = run({"show", id, "--json"}).json();
  EXPECT_EQ(document["state"], "failed");
  EXPECT_EQ(document["history"].size(), 1u);
  EXPECT_EQ(document["log"]["problem"], "the backend is down");
}

TEST_F(Commands, WhyPrintsLinesThatCannotSteerATerminal) {
  EXPECT_EQ(run({"why", id}).out, "exit code 3\n  \\x1b[31mred\n");
  EXPECT_EQ(run({"why", id, "--json"}).json()["state"], "failed");
}

TEST_F(Commands, LogsAreByteForByte) {
  EXPECT_EQ(run({"logs", id}).out, "one\ntwo \xff\x1b[31m\n");
  const Ran absent = run({"logs", id, "--stderr"});
  EXPECT_EQ(absent.exit, 1) << "the job is there";
  EXPECT_EQ(run({"logs", id, "--json"}).json()["id"], id);
}

TEST_F(Commands, Query) {
  EXPECT_EQ(run({"query", id}).out, "stdout  its output\n");
  EXPECT_EQ(run({"query", id, "stdout"}).out, "one\ntwo \xff\x1b[31m\n");
  EXPECT_EQ(run({"query", id, "nope"}).exit, 1);
  EXPECT_EQ(run({"query", an_id(5), "stdout"}).exit, 4);
}

TEST_F(Commands, KillRestartArchive) {
  EXPECT_EQ(run({"kill", id}).out, id + "  over already: failed\n");
  EXPECT_EQ(run({"restart", id}).out, an_id(9) + "\n");
  EXPECT_EQ(run({"archive", "--older-than", "30d"}).out, "12 jobs archived\n");
  EXPECT_EQ(run({"archive"}).exit, 2);
  EXPECT_EQ(run({"archive", "--older-than", "long"}).exit, 2);
  EXPECT_EQ(run({"restart", id, "--workflow", "w"}).exit, 2);
  EXPECT_EQ(run({"restart"}).exit, 2);
  EXPECT_EQ(run({"kill"}).exit, 2);
  EXPECT_EQ(run({"kill", id, "--where", "tag = a"}).exit, 2);
  EXPECT_EQ(run({"pause"}).exit, 2);
  EXPECT_EQ(run({"set", id, "--succeeded"}).exit, 2);
  EXPECT_EQ(run({"graph", id, "--format", "png"}).exit, 2);
  EXPECT_EQ(run({"kill", "not an id"}).exit, 4);
}

TEST_F(Commands, IdsThatAreNot) {
  EXPECT_EQ(run({"show", an_id(7)}).exit, 4);
  const Ran several = run({"show", "01JD"});
  EXPECT_EQ(several.exit, 4);
  EXPECT_EQ(several.err, "ketrew: several jobs; give more of it\n");
}

TEST_F(Commands, GlobalOptionsMayComeFirst) {
  EXPECT_EQ(run({"--json", "--profile", "p", "status"}).json()["jobs"].size(), 2u);
  EXPECT_EQ(run({"--version"}).out.rfind("ketrew ", 0), 0u);
  EXPECT_EQ(run({"--help"}).exit, 0);
  for (const char* name :
       {"submit", "status", "show", "why", "logs", "query", "wait", "kill", "restart", "failures", "pause",
        "resume", "set", "graph", "archive"}) {
    const Ran ran = run({name, "--help"});
    EXPECT_EQ(ran.exit, 0);
    EXPECT_NE(ran.out.find("Examples:"), std::string::npos) << name;
    EXPECT_EQ(run({name, "--no-such-option"}).exit, 2) << name;
  }
}

TEST(ExitCodes, NoDaemonAndUsage) {
  const Ran away = run_client("/nonexistent", {"status", "--profile", "my profile"});
  EXPECT_EQ(away.exit, 3);
  EXPECT_EQ(
      away.err,
      "ketrew: no daemon answers: connect to /nonexistent/ketrewd.sock: No such file or directory; "
      "start it: ketrewd start --profile 'my profile'\n");
  EXPECT_EQ(run_client("/nonexistent", {}).exit, 2);
  EXPECT_EQ(run_client("/nonexistent", {"statsu"}).err,
            "ketrew: no command \"statsu\"; did you mean \"status\"?\n");
  EXPECT_EQ(run_client(std::string(300, 'x'), {"status"}).exit, 3);
}

TEST(ExitCodes, AnswersThatAreNotTheApi) {
  for (const std::string& bytes :
       {std::string("SSH-2.0-x\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{]}")}) {
    FakeDaemon daemon([&](const Got&) { return Reply{bytes, true, false}; });
    EXPECT_EQ(run_client(daemon.home(), {"status"}).exit, 5);
  }
  FakeDaemon empty([](const Got&) { return json_reply(Json::array()); });
  for (const char* name : {"status", "wait"})
    EXPECT_GE(run_client(empty.home(), {name}).exit, 0) << "no crash";
  FakeDaemon fault([](const Got&) { return problem_reply(ErrorKind::internal, "oh"); });
  EXPECT_EQ(run_client(fault.home(), {"status"}).exit, 5);
  FakeDaemon full(
      [](const Got&) { return problem_reply(ErrorKind::unavailable, "the disk is full"); });
  EXPECT_EQ(run_client(full.home(), {"submit", "--", "true"}).exit, 1);
}

TEST(Follow, PrintsWhatComesUntilTheJobIsOver) {
  std::string output = "begin\n";
  std::atomic<int> reads = 0;
  FakeDaemon daemon([&](const Got& got) -> Reply {
    if (got.target.rfind("/v1/events", 0) == 0) {
      return events_reply(
          {{"1", {{"job", id}, {"from", "running"}, {"to", "succeeded"}, {"attempt", 1}}}}, true);
    }
    if (got.target.find("/queries/stdout") != std::string::npos) {
      if (++reads == 3) output += "end\n";
      return bytes_reply(output, got);
    }
    return json_reply(a_job(1, "running"));
  });
  const Ran ran = run_client(daemon.home(), {"logs", "-f", id});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, "begin\nend\n");
}

}  // namespace
}  // namespace ketrew::client
