// A BackendLink on a loop of the test, and scripted backends for it.
#pragma once

#include <csignal>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/ketrewd/backend_link.hpp"
#include "tests/support/wait_until.hpp"
#include "tests/unit/ketrewd/temporary_directory.hpp"

namespace ketrew::daemon {

using std::chrono::milliseconds;

// A backend in Python. What its methods do is in their names; `{}` is a place for more lines.
inline constexpr const char* scripted_backend = R"(
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
        elif method == "touch":
            answer(request, {}); open(request["params"]["file"], "w").close()
        elif method == "limit":
            import resource; answer(request, {"files": resource.getrlimit(resource.RLIMIT_NOFILE)[0]})
        elif method == "log":
            sys.stderr.write("one\ntwo\n" + "x" * 100000 + "\n"); sys.stderr.flush()
            answer(request, {})
)";

class BackendLinkTest : public testing::Test {
 protected:
  BackendLinkTest() {
    times.initialize = milliseconds(120'000);
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
    std::ofstream(launch.file) << scripted_backend << body << "\n";
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
  // Runs the loop until the condition holds; false after the bound.
  template <class Condition>
  bool run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + test_bound();
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
                               milliseconds deadline = milliseconds(120'000),
                               std::uint64_t tag = 0, bool spares_process = false) {
    auto answer = std::make_shared<Answer>();
    link->call({method, params, deadline, tag, spares_process}, [answer](CallResult result) {
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

}  // namespace ketrew::daemon
