#include "app/ketrewd/backend_link.hpp"

#include <csignal>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/ketrewd/temporary_directory.hpp"

namespace ketrew::daemon {
namespace {

using std::chrono::milliseconds;

// A backend in Python. What its methods do is in their names; `{}` is a place for more lines.
constexpr const char* common = R"(
import json, os, signal, sys, time
def send(message):
    sys.stdout.write(json.dumps(message) + "\n"); sys.stdout.flush()
def answer(request, result):
    send({"jsonrpc": "2.0", "id": request["id"], "result": result})
def initialized(version="1"):
    return {"protocol": 1, "name": "scripted", "version": version, "capabilities": {"batch": 7},
            "options_schema": {"type": "object"}}
def serve(version="1"):
    held = []
    for line in sys.stdin:
        request = json.loads(line)
        method = request["method"]
        if method == "initialize": answer(request, initialized(version))
        elif method == "shutdown": answer(request, {}); return
        elif method == "echo": answer(request, request["params"])
        elif method == "environment": answer(request, {
            "sid": os.getsid(0), "fds": sorted(os.listdir("/proc/self/fd")),
            "pid": os.getpid(), "version": version})
        elif method == "fail": send({"jsonrpc": "2.0", "id": request["id"],
            "error": {"code": -32602, "message": "no such option"}})
        elif method == "hold": held.append(request)
        elif method == "release":
            for one in held + [request]: answer(one, {})
            held = []
        elif method == "crash":
            sys.stderr.write("about to crash\n"); sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGSEGV)
        elif method == "answer_and_crash":
            answer(request, {"answered": True}); os.kill(os.getpid(), signal.SIGKILL)
        elif method == "hang": time.sleep(1000)
        elif method == "babble": sys.stdout.write("what is this?\n"); sys.stdout.flush()
        elif method == "stranger": send({"jsonrpc": "2.0", "id": 4711, "result": {}})
        elif method == "change": send({"jsonrpc": "2.0", "method": "changed",
            "params": {"ids": ["a-1", "b-1"]}}); answer(request, {})
        elif method == "deaf": os.close(1); time.sleep(1000)
        elif method == "log":
            sys.stderr.write("one\ntwo\n" + "x" * 100000 + "\n"); sys.stderr.flush()
            answer(request, {})
)";

class BackendLinkTest : public testing::Test {
 protected:
  BackendLinkTest() {
    times.initialize = milliseconds(20'000);
    times.first_retry = milliseconds(20);
    times.last_retry = milliseconds(80);
    times.retry_missing = milliseconds(100);
  }
  Launch script(const std::string& body, const std::string& name = "scripted.py") {
    Launch launch;
    launch.name = "scripted";
    launch.file = directory / name;
    launch.argv = {"python3", launch.file};
    launch.options = {{"depth", 3}};
    std::ofstream(launch.file) << common << body << "\n";
    return launch;
  }
  void make(Launch launch) {
    LinkEvents events;
    events.state = [this] { states.push_back(link->status().state); };
    events.changed = [this](std::vector<std::string> tokens) { changed = std::move(tokens); };
    events.log = [this](std::string_view line) { log.emplace_back(line); };
    events.crash = [this](const std::string& problem, const std::vector<std::uint64_t>& tags) {
      ++crashes;
      crash_problem = problem;
      in_doubt = tags;
    };
    events.writable = [this] { ++writable; };
    link = std::make_unique<BackendLink>(loop, std::move(launch), directory.path, events, times);
    link->start();
  }
  // Runs the loop until the condition holds; false after 30 seconds.
  template <class Condition>
  bool run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      if (loop.stopped()) loop.restart();
      loop.run_one_for(milliseconds(20));
    }
    return true;
  }
  bool run_until_ready() {
    return run_until([&] { return link->ready(); });
  }
  struct Answer {
    bool there = false, good = false;
    std::string text;
    CallError error;
  };
  std::shared_ptr<Answer> call(const std::string& method, const std::string& params = "{}",
                               milliseconds deadline = milliseconds(20'000),
                               std::uint64_t tag = 0) {
    auto answer = std::make_shared<Answer>();
    link->call({method, params, deadline, tag}, [answer](CallResult result) {
      EXPECT_FALSE(answer->there) << "called twice";
      answer->there = true;
      answer->good = result.has_value();
      if (result)
        answer->text = *result;
      else
        answer->error = result.error();
    });
    return answer;
  }
  Json ask(const std::string& method) {
    const auto answer = call(method);
    EXPECT_TRUE(run_until([&] { return answer->there; }));
    EXPECT_TRUE(answer->good) << method << ": " << answer->error.error.text();
    return answer->good ? Json::parse(answer->text) : Json();
  }

  TemporaryDirectory directory;
  boost::asio::io_context loop{1};
  LinkTimes times;
  std::unique_ptr<BackendLink> link;
  std::vector<LinkState> states;
  std::vector<std::string> log, changed;
  int crashes = 0, writable = 0;
  std::string crash_problem;
  std::vector<std::uint64_t> in_doubt;
};

TEST_F(BackendLinkTest, StartsAndSaysWhatItIs) {
  make(script("serve('1.2.3')"));
  EXPECT_EQ(link->status().state, LinkState::starting);
  ASSERT_TRUE(run_until_ready());
  const auto status = link->status();
  ASSERT_TRUE(status.backend);
  EXPECT_EQ(status.backend->version, "1.2.3");
  EXPECT_EQ(status.backend->capabilities.batch, 7u);
  EXPECT_GT(status.pid, 0);
  EXPECT_EQ(status.restarts, 0u);
  EXPECT_TRUE(run_until([&] { return !states.empty() && states.back() == LinkState::ready; }));
}

TEST_F(BackendLinkTest, InitializeCarriesNameOptionsAndHome) {
  make(script(R"(
request = json.loads(sys.stdin.readline())
sys.stderr.write(json.dumps(request["params"], sort_keys=True) + "\n"); sys.stderr.flush()
answer(request, initialized())
serve()
)"));
  ASSERT_TRUE(run_until([&] { return link->ready() && !log.empty(); }));
  EXPECT_EQ(Json::parse(log[0]), (Json{{"protocol", 1},
                                       {"name", "scripted"},
                                       {"options", {{"depth", 3}}},
                                       {"home", directory.path}}));
}

TEST_F(BackendLinkTest, TheProcessIsOnItsOwn) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const Json environment = ask("environment");
  EXPECT_EQ(environment["sid"], environment["pid"]);
  EXPECT_LE(environment["fds"].size(), 4u);  // 0, 1, 2 and that of the listing
}

TEST_F(BackendLinkTest, ManyCallsInFlightAnyOrder) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto held = call("hold");
  std::vector<std::shared_ptr<Answer>> answers;
  for (int i = 0; i < 2000; ++i)
    answers.push_back(call("echo", "{\"n\":" + std::to_string(i) + "}"));
  EXPECT_EQ(link->status().in_flight, 2001u);
  ASSERT_TRUE(run_until([&] { return answers.back()->there; }));
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(answers[static_cast<std::size_t>(i)]->good);
    EXPECT_EQ(Json::parse(answers[static_cast<std::size_t>(i)]->text)["n"], i);
  }
  EXPECT_FALSE(held->there);
  ask("release");
  EXPECT_TRUE(held->good);
}

TEST_F(BackendLinkTest, BigMessagesBothWaysAndBackPressure) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const std::string big = "{\"t\":\"" + std::string(12 << 20, 'a') + "\"}";
  EXPECT_TRUE(link->writable());
  const auto answer = call("echo", big);
  EXPECT_FALSE(link->writable());
  ASSERT_TRUE(run_until([&] { return answer->there; }));
  EXPECT_EQ(answer->text.size(), big.size() + 1);  // Python writes a blank after the colon
  EXPECT_EQ(writable, 1);
  EXPECT_TRUE(link->writable());
}

TEST_F(BackendLinkTest, TooMuchForOneThatDoesNotReadIsNeverSent) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto hang = call("hang", "{}", milliseconds(60'000));
  const std::string big = "{\"t\":\"" + std::string(50 << 20, 'a') + "\"}";
  const auto first = call("echo", big), second = call("echo", big), third = call("echo", big);
  ASSERT_TRUE(run_until([&] { return third->there; }));
  EXPECT_EQ(third->error.reach, Reach::never_sent);
  EXPECT_EQ(third->error.error.kind, ErrorKind::unavailable);
  EXPECT_FALSE(first->there || second->there || hang->there);
}

TEST_F(BackendLinkTest, AnErrorIsAnAnswer) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto answer = call("fail");
  ASSERT_TRUE(run_until([&] { return answer->there; }));
  EXPECT_EQ(answer->error.reach, Reach::answered);
  EXPECT_EQ(answer->error.code, -32602);
  EXPECT_EQ(answer->error.error.kind, ErrorKind::invalid);
  EXPECT_EQ(answer->error.error.what, "no such option");
  EXPECT_TRUE(link->ready());
}

TEST_F(BackendLinkTest, NotificationsAndLogLines) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  ask("change");
  EXPECT_EQ(changed, (std::vector<std::string>{"a-1", "b-1"}));
  ask("log");
  ASSERT_TRUE(run_until([&] { return log.size() == 3; }));
  EXPECT_EQ(log[0], "one");
  EXPECT_EQ(log[1], "two");
  EXPECT_EQ(log[2].size(), 4096u);
}

TEST_F(BackendLinkTest, ACrashPutsCallsInDoubtAndIsRepaired) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto first_pid = link->status().pid;
  const auto held = call("hold", "{}", milliseconds(20'000), 11);
  ask("echo");
  const auto crash = call("crash", "{}", milliseconds(20'000), 12);
  ASSERT_TRUE(run_until([&] { return crash->there && held->there; }));
  EXPECT_EQ(held->error.reach, Reach::in_doubt);
  EXPECT_EQ(held->error.error.kind, ErrorKind::unavailable);
  EXPECT_EQ(crashes, 1);
  EXPECT_EQ(in_doubt, (std::vector<std::uint64_t>{11, 12}));
  EXPECT_NE(crash_problem.find("signal 11"), std::string::npos) << crash_problem;
  EXPECT_NE(crash_problem.find("about to crash"), std::string::npos) << crash_problem;
  ASSERT_TRUE(run_until_ready());
  EXPECT_NE(link->status().pid, first_pid);
  EXPECT_EQ(link->status().restarts, 1u);
  EXPECT_EQ(link->status().problem, "");
}

TEST_F(BackendLinkTest, AnAnswerGivenBeforeTheEndCounts) {
  make(script("serve()"));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(run_until_ready());
    EXPECT_EQ(ask("answer_and_crash")["answered"], true);
    ASSERT_TRUE(run_until([&] { return crashes == i + 1; }));
  }
}

TEST_F(BackendLinkTest, ACallPastItsDeadlineCostsTheProcess) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto other = call("hold");
  const auto hang = call("hang", "{}", milliseconds(150), 5);
  ASSERT_TRUE(run_until([&] { return hang->there && other->there; }));
  EXPECT_EQ(hang->error.error.kind, ErrorKind::timeout);
  EXPECT_EQ(hang->error.reach, Reach::in_doubt);
  EXPECT_EQ(other->error.error.kind, ErrorKind::unavailable);
  EXPECT_EQ(other->error.reach, Reach::in_doubt);
  EXPECT_EQ(in_doubt, std::vector<std::uint64_t>{5});
  ASSERT_TRUE(run_until_ready());
}

TEST_F(BackendLinkTest, WhatTheProcessWasNotGivenIsNeverSent) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto hang = call("hang", "{}", milliseconds(300), 1);
  const auto big =
      call("echo", "{\"t\":\"" + std::string(4 << 20, 'a') + "\"}", milliseconds(20'000), 2);
  const auto behind = call("echo", "{}", milliseconds(20'000), 3);
  ASSERT_TRUE(run_until([&] { return behind->there; }));
  EXPECT_EQ(hang->error.reach, Reach::in_doubt);
  EXPECT_EQ(big->error.reach, Reach::in_doubt);  // some of it is in the pipe
  EXPECT_EQ(behind->error.reach, Reach::never_sent);
  EXPECT_EQ(in_doubt, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(BackendLinkTest, GarbageCostsTheProcess) {
  make(script("serve()"));
  for (const std::string method : {"babble", "stranger", "deaf"}) {
    ASSERT_TRUE(run_until_ready());
    const int before = crashes;
    const auto held = call("hold");
    const auto answer = call(method, "{}", milliseconds(20'000), 9);
    ASSERT_TRUE(run_until([&] { return answer->there && held->there; })) << method;
    EXPECT_EQ(answer->error.reach, Reach::in_doubt) << method;
    EXPECT_EQ(crashes, before + 1) << method;
    EXPECT_EQ(in_doubt, std::vector<std::uint64_t>{9}) << method;
    if (method == "babble") {
      EXPECT_NE(crash_problem.find("what is this?"), std::string::npos) << crash_problem;
    }
  }
}

TEST_F(BackendLinkTest, FloodsOfGarbageAreBounded) {
  make(script(R"(
request = json.loads(sys.stdin.readline()); answer(request, initialized())
sys.stdin.readline()
while True: sys.stdout.write("z" * 1000000)
)"));
  ASSERT_TRUE(run_until_ready());
  const auto answer = call("echo");
  ASSERT_TRUE(run_until([&] { return answer->there; }));
  EXPECT_NE(crash_problem.find("64 MiB"), std::string::npos) << crash_problem;
}

TEST_F(BackendLinkTest, CallsWhileItIsNotReadyAreNeverSent) {
  make(script("time.sleep(1000)"));
  const auto answer = call("echo");
  EXPECT_FALSE(answer->there);  // never within the call
  ASSERT_TRUE(run_until([&] { return answer->there; }));
  EXPECT_EQ(answer->error.reach, Reach::never_sent);
  EXPECT_NE(answer->error.error.what.find("starting"), std::string::npos);
}

TEST_F(BackendLinkTest, OneThatNeverAnswersInitializeIsReplaced) {
  times.initialize = milliseconds(100);
  make(script("time.sleep(1000)"));
  ASSERT_TRUE(run_until([&] { return link->status().restarts >= 2; }));
  EXPECT_NE(link->status().problem.find("initialize"), std::string::npos);
}

TEST_F(BackendLinkTest, EndsAtOnceAgainAndAgain) {
  make(script("sys.exit(1)"));
  ASSERT_TRUE(run_until([&] { return link->status().restarts >= 3; }));
  ASSERT_TRUE(run_until([&] { return link->status().state == LinkState::down; }));
  EXPECT_TRUE(link->status().retry_at);
  EXPECT_NE(link->status().problem.find("exited with code 1"), std::string::npos);
}

TEST_F(BackendLinkTest, ARefusedModuleIsMissing) {
  times.retry_missing = milliseconds(600'000);
  make(script("sys.stderr.write('module of ABI 9, this host has 1\\n'); sys.exit(3)"));
  ASSERT_TRUE(run_until([&] { return link->status().state == LinkState::missing; }));
  EXPECT_NE(link->status().problem.find("ABI 9"), std::string::npos) << link->status().problem;
  EXPECT_EQ(link->status().restarts, 0u);
  // Repaired, and told so.
  bool done = false;
  link->replace(script("serve('2')"), [&](Result<> result) { done = result.has_value(); });
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_TRUE(link->ready());
}

TEST_F(BackendLinkTest, OtherWaysToBeUnusable) {
  times.retry_missing = milliseconds(600'000);
  Launch absent;
  absent.name = "absent";
  absent.argv = {directory / "no-such-program"};
  make(absent);
  ASSERT_TRUE(run_until([&] { return link->status().state == LinkState::missing; }));
  EXPECT_NE(link->status().problem.find("no-such-program"), std::string::npos);
  for (const char* first : {R"({"code": -32602, "message": "option 'depth': not a number"})", ""}) {
    const std::string body =
        *first ? "send({'jsonrpc': '2.0', 'id': 1, 'error': " + std::string(first) + "})"
               : "send({'jsonrpc': '2.0', 'id': 1, 'result': {'protocol': 2}})";
    make(script("sys.stdin.readline()\n" + body + "\ntime.sleep(1000)"));
    ASSERT_TRUE(run_until([&] { return link->status().state == LinkState::missing; }));
    EXPECT_NE(link->status().problem.find(*first ? "not a number" : "protocol"), std::string::npos)
        << link->status().problem;
  }
}

TEST_F(BackendLinkTest, MissingIsTriedAgainSlowly) {
  make(script("sys.exit(3)"));
  ASSERT_TRUE(run_until([&] { return link->status().restarts >= 1; }));
  script("serve()");  // the same file, repaired
  EXPECT_TRUE(run_until_ready());
}

TEST_F(BackendLinkTest, ReplacedWhileCallsAreInFlight) {
  make(script("serve('1')", "old.py"));
  ASSERT_TRUE(run_until_ready());
  const auto old_pid = link->status().pid;
  const auto held = call("hold");
  ask("echo");
  bool done = false;
  link->replace(script("serve('2')", "new.py"), [&](Result<> result) {
    EXPECT_TRUE(result);
    done = true;
  });
  EXPECT_EQ(ask("environment")["version"], "1");  // the old one serves until then
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_EQ(ask("environment")["version"], "2");
  EXPECT_EQ(::kill(old_pid, 0), 0);  // still has its call
  EXPECT_FALSE(held->there);
  EXPECT_EQ(link->status().in_flight, 1u);
  EXPECT_EQ(crashes, 0);
  EXPECT_EQ(link->launch().file, directory / "new.py");
  EXPECT_EQ(link->status().restarts, 0u);
}

TEST_F(BackendLinkTest, TheReplacedOneLeaves) {
  make(script("serve('1')", "old.py"));
  ASSERT_TRUE(run_until_ready());
  const auto old_pid = link->status().pid;
  link->replace(script("serve('2')", "new.py"), [](Result<>) {});
  ASSERT_TRUE(run_until([&] { return ::kill(old_pid, 0) != 0; }));
  EXPECT_TRUE(link->ready());
  EXPECT_EQ(crashes, 0);
}

TEST_F(BackendLinkTest, ABadReplacementLeavesTheOldOne) {
  make(script("serve('1')", "old.py"));
  ASSERT_TRUE(run_until_ready());
  std::optional<Error> error;
  link->replace(script("sys.stderr.write('bad luck\\n'); sys.exit(3)", "new.py"),
                [&](Result<> result) { error = result.error(); });
  ASSERT_TRUE(run_until([&] { return error.has_value(); }));
  EXPECT_NE(error->what.find("bad luck"), std::string::npos);
  EXPECT_TRUE(link->ready());
  EXPECT_EQ(ask("environment")["version"], "1");
  EXPECT_EQ(link->launch().file, directory / "old.py");
  EXPECT_EQ(crashes, 0);
}

TEST_F(BackendLinkTest, StopsGracefully) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto pid = link->status().pid;
  const auto last = call("echo");
  bool done = false;
  link->stop(milliseconds(20'000), [&] { done = true; });
  const auto late = call("echo");
  ASSERT_TRUE(run_until([&] { return done && late->there; }));
  EXPECT_TRUE(last->good);
  EXPECT_EQ(late->error.reach, Reach::never_sent);
  EXPECT_EQ(link->status().state, LinkState::stopped);
  EXPECT_NE(::kill(pid, 0), 0);
  EXPECT_EQ(crashes, 0);
}

TEST_F(BackendLinkTest, StopsWhatDoesNotWantTo) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto hang = call("hang");
  bool done = false;
  link->stop(milliseconds(100), [&] { done = true; });
  ASSERT_TRUE(run_until([&] { return done && hang->there; }));
  EXPECT_EQ(hang->error.reach, Reach::in_doubt);
}

TEST_F(BackendLinkTest, StopsWhenDownAndWhenStarting) {
  make(script("sys.exit(1)"));
  ASSERT_TRUE(run_until([&] { return link->status().state == LinkState::down; }));
  bool done = false;
  link->stop(milliseconds(100), [&] { done = true; });
  ASSERT_TRUE(run_until([&] { return done; }));
  make(script("time.sleep(1000)"));
  done = false;
  link->stop(milliseconds(100), [&] { done = true; });
  ASSERT_TRUE(run_until([&] { return done; }));
}

TEST_F(BackendLinkTest, MayBeDestroyedFromItsCallbacks) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  bool called = false;
  link->call({"echo", "{}", milliseconds(20'000), 0}, [&](CallResult) {
    called = true;
    link.reset();
  });
  call("hold");
  ASSERT_TRUE(run_until([&] { return called; }));
  EXPECT_EQ(link, nullptr);
}

TEST_F(BackendLinkTest, WhatTheBackendStartedLivesOn) {
  make(script(R"(
import subprocess
child = subprocess.Popen(["sleep", "1000"])
sys.stderr.write(str(child.pid) + "\n"); sys.stderr.flush()
serve()
)"));
  ASSERT_TRUE(run_until([&] { return link->ready() && !log.empty(); }));
  const pid_t child = std::stoi(log[0]);
  const auto hang = call("hang", "{}", milliseconds(100));
  ASSERT_TRUE(run_until([&] { return hang->there; }));
  EXPECT_EQ(::kill(child, 0), 0);
  link.reset();
  for (const auto& line : log) ::kill(std::stoi(line), SIGKILL);
}

}  // namespace
}  // namespace ketrew::daemon
