#include <atomic>

#include <gtest/gtest.h>

#include "tests/unit/client/fake_daemon.hpp"

namespace ketrew::client {
namespace {

bool begins(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }

Json transition(int number, const std::string& to) {
  return {{"job", an_id(number)}, {"from", "running"}, {"to", to}, {"attempt", 1}, {"reason", ""}};
}

// Two jobs; `states` is what they are when looked at.
struct World {
  std::map<int, std::string> states;
  Reply operator()(const Got& got) {
    if (begins(got.target, "/v1/events")) return events_reply({}, true);
    if (begins(got.target, "/v1/jobs/")) {
      for (const auto& [number, state] : states)
        if (got.target == "/v1/jobs/" + an_id(number)) return json_reply(a_job(number, state));
      return problem_reply(ErrorKind::not_found, "no job");
    }
    Json jobs = Json::array();
    for (const auto& [number, state] : states)
      if (got.target.find("id=" + an_id(number)) != std::string::npos ||
          (state == "running" && got.target.find("status=in-progress") != std::string::npos))
        jobs.push_back(a_job(number, state));
    return json_reply({{"jobs", jobs}, {"next_cursor", nullptr}});
  }
};

TEST(Wait, JobsThatAreOverEndItAtOnce) {
  FakeDaemon daemon(World{{{1, "succeeded"}, {2, "already-done"}}});
  const Ran ran = run_client(daemon.home(), {"wait", an_id(1), an_id(2)});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, "1 succeeded, 1 already-done\n");
}

TEST(Wait, NothingUnfinishedIsNothingToWaitFor) {
  FakeDaemon daemon(World{{{1, "succeeded"}}});
  const Ran ran = run_client(daemon.home(), {"wait"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, "no jobs\n");
}

TEST(Wait, FollowsEventsToTheEnd) {
  World world{{{1, "running"}, {2, "running"}}};
  FakeDaemon daemon([&](const Got& got) {
    if (begins(got.target, "/v1/events")) {
      world.states = {{1, "running"}, {2, "running"}};
      return events_reply({{"7", transition(1, "succeeded")},
                           {"8", transition(9, "failed")},
                           {"9", transition(2, "failed")}},
                          true);
    }
    return world(got);
  });
  const Ran ran = run_client(daemon.home(), {"wait"});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_EQ(ran.out, "1 succeeded, 1 failed\n");
  EXPECT_NE(ran.err.find("see: ketrew why " + an_id(2)), std::string::npos) << ran.err;
}

TEST(Wait, VeryManyUnfinishedAreListedOnceAndInBrief) {
  constexpr int count = 3000;
  std::atomic<int> lists = 0, others = 0;  // by the daemon's threads, as all such counts here
  FakeDaemon daemon([&](const Got& got) {
    if (begins(got.target, "/v1/events")) {
      std::vector<std::pair<std::string, Json>> ends;
      for (int i = 0; i < count; ++i)
        ends.emplace_back(std::to_string(i + 1), transition(i, "succeeded"));
      return events_reply(ends, true);
    }
    ++(got.target.find("brief=true") != std::string::npos ? lists : others);
    Json jobs = Json::array();
    for (int i = 0; i < count; ++i) jobs.push_back({{"id", an_id(i)}, {"state", "running"}});
    return json_reply({{"jobs", jobs}, {"next_cursor", nullptr}});
  });
  const Ran ran = run_client(daemon.home(), {"wait"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, "3000 succeeded\n");
  EXPECT_EQ(lists, 1);
  EXPECT_EQ(others, 0);
}

TEST(Wait, AfterABreakVeryManyAreNotAskedForOneByOne) {
  constexpr int count = 3000;
  std::atomic<int> streams = 0, requests = 0;
  FakeDaemon daemon([&](const Got& got) {
    if (begins(got.target, "/v1/events")) return events_reply({}, ++streams > 1);
    ++requests;
    Json jobs = Json::array();
    if (got.target.find("status=") != std::string::npos) {
      if (streams == 1)  // all; later none is unfinished but the first
        for (int i = 0; i < count; ++i) jobs.push_back({{"id", an_id(i)}, {"state", "running"}});
      else
        jobs.push_back({{"id", an_id(0)}, {"state", "running"}});
    } else {
      for (int i = 1; i < count; ++i)
        if (got.target.find("id=" + an_id(i)) != std::string::npos)
          jobs.push_back({{"id", an_id(i)}, {"state", "failed"}});
    }
    return json_reply({{"jobs", jobs}, {"next_cursor", nullptr}});
  });
  const Ran ran = run_client(daemon.home(), {"wait", "--timeout", "1s"});
  EXPECT_EQ(ran.exit, 124);
  EXPECT_NE(ran.out.find("1 running, 2999 failed"), std::string::npos) << ran.out << ran.err;
  EXPECT_LT(requests, 2 + count / 100 + 5);
}

TEST(Wait, WhatEndsBeforeTheStreamIsOpenIsSeen) {
  World world{{{1, "running"}}};
  FakeDaemon daemon([&](const Got& got) {
    if (!begins(got.target, "/v1/events")) return world(got);
    world.states[1] = "succeeded";  // no event will tell
    return events_reply({}, true);
  });
  EXPECT_EQ(run_client(daemon.home(), {"wait", an_id(1)}).exit, 0);
}

TEST(Wait, ABrokenStreamIsResumedAndTheJobsAreLookedAtAgain) {
  World world{{{1, "running"}, {2, "running"}}};
  std::atomic<int> streams = 0;
  FakeDaemon daemon([&](const Got& got) {
    if (!begins(got.target, "/v1/events")) return world(got);
    if (++streams == 1) return events_reply({{"41", transition(1, "succeeded")}}, false);
    EXPECT_EQ(got.header("Last-Event-ID"), "41");
    world.states[2] = "succeeded";  // ended while nobody listened
    return events_reply({}, true);
  });
  const Ran ran = run_client(daemon.home(), {"wait", an_id(1), an_id(2)});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, "2 succeeded\n");
  EXPECT_EQ(streams, 2);
}

TEST(Wait, ADaemonThatStaysAwayIsNoDaemon) {
  World world{{{1, "running"}}};
  std::atomic<int> streams = 0;
  FakeDaemon daemon([&](const Got& got) {
    if (!begins(got.target, "/v1/events")) return world(got);
    return ++streams == 1 ? events_reply({}, false) : Reply{"", true, false};
  });
  EXPECT_EQ(run_client(daemon.home(), {"wait", an_id(1)}).exit, 3);
  EXPECT_GT(streams, 2);
}

TEST(Wait, TheTimeIsOver) {
  FakeDaemon daemon([world = World{{{1, "running"}}}](const Got& got) mutable {
    return begins(got.target, "/v1/events") ? events_reply({}, true) : world(got);
  });
  const Ran ran = run_client(daemon.home(), {"wait", an_id(1), "--timeout", "50ms"});
  EXPECT_EQ(ran.exit, 124);
  EXPECT_EQ(ran.err, "ketrew: timed out: 1 job is not over; see: ketrew why " + an_id(1) + "\n");
  EXPECT_EQ(run_client(daemon.home(), {"wait", "--timeout", "soon"}).exit, 2);
}

TEST(Wait, AsJson) {
  FakeDaemon daemon(World{{{1, "succeeded"}, {2, "failed"}}});
  const Ran ran = run_client(daemon.home(), {"wait", "--json", an_id(1), an_id(2)});
  EXPECT_EQ(ran.exit, 1);
  const Json document = ran.json();
  EXPECT_EQ(document["totals"], Json::parse(R"({"succeeded": 1, "failed": 1})"));
  EXPECT_EQ(document["jobs"].size(), 2u);
  EXPECT_EQ(document["timed_out"], false);
}

TEST(Wait, AnUnknownJob) {
  FakeDaemon daemon(World{{{1, "running"}}});
  EXPECT_EQ(run_client(daemon.home(), {"wait", an_id(5)}).exit, 4);
  EXPECT_EQ(run_client(daemon.home(), {"wait", an_id(1), an_id(5)}).exit, 4);
  EXPECT_EQ(run_client(daemon.home(), {"wait", "no job!"}).exit, 4);
}

}  // namespace
}  // namespace ketrew::client
