// A server on a loop of its own thread, and endpoints that do what their names say.
#pragma once

#include <atomic>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/ketrewd/http_server.hpp"
#include "core/base/text.hpp"
#include "tests/support/wait_until.hpp"
#include "tests/unit/ketrewd/loop_thread.hpp"
#include "tests/unit/ketrewd/raw_client.hpp"
#include "tests/unit/ketrewd/temporary_directory.hpp"

namespace ketrew::daemon {

using std::chrono::milliseconds;

// A server whose endpoints do what their names say. `later` and `streams` belong to the loop.
class HttpServerTest : public testing::Test {
 protected:
  void start(HttpLimits limits = {}) {
    const auto result = loop.on_loop([&] {
      server = std::make_unique<HttpServer>(
          loop.loop,
          [this](Request request, Responder responder) {
            handle(std::move(request), std::move(responder));
          },
          limits);
      return server->listen(path);
    });
    ASSERT_TRUE(result) << result.error().text();
  }
  void TearDown() override {
    loop.on_loop([&] {
      later.clear();
      streams.clear();
      server.reset();
    });
    loop.finish();
  }
  void handle(Request request, Responder responder) {
    const std::string verb = request.segments.empty() ? "" : request.segments[0];
    if (verb == "echo")
      responder.respond(200, "text/plain", request.body);
    else if (verb == "big")
      responder.respond(200, "text/plain", std::string(8 << 20, 'x'));
    else if (verb == "later")
      later.push_back(std::move(responder));
    else if (verb == "throw")
      throw std::runtime_error("a fault");
    else if (verb == "forget")
      return;
    else if (verb == "problem")
      responder.problem({ErrorKind::conflict, "it is taken", "wait"});
    else if (verb == "headers")
      responder.respond(200, "application/json",
                        Json{{"key", request.idempotency_key},
                             {"last", request.last_event_id},
                             {"accept", request.accept},
                             {"method", request.method}}
                            .dump());
    else if (verb == "events") {
      auto stream = responder.stream();
      if (!stream.open()) return;
      stream.on_closed([this] { ++closed; });
      stream.send(request.last_event_id, "hello", "{}");
      streams.push_back(std::move(stream));
    } else
      responder.problem({ErrorKind::not_found, "no such endpoint", ""});
  }
  std::size_t stream_count() {
    return loop.on_loop([&] { return streams.size(); });
  }
  HttpServer::Counts counts() {
    return loop.on_loop([&] { return server->counts(); });
  }
  // Waits for something that the loop does, with a bound.
  template <class Condition>
  bool eventually(Condition condition) {
    return wait_until([&] { return loop.on_loop(condition); });
  }
  void expect_well() {
    RawClient client(path);
    ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: 2\r\n\r\nok"));
    EXPECT_EQ(client.read_response().body, "ok");
  }

  TemporaryDirectory directory;
  std::string path = directory / "sock";
  std::vector<Responder> later;
  std::vector<EventStream> streams;
  std::atomic<int> closed{0};
  std::unique_ptr<HttpServer> server;
  LoopThread loop;  // last: its thread is gone before what it uses
};

inline constexpr const char* get_events = "GET /events HTTP/1.1\r\nHost: k\r\n\r\n";

}  // namespace ketrew::daemon
