#include "app/ketrewd/http_server.hpp"

#include <atomic>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/text.hpp"
#include "tests/unit/ketrewd/loop_thread.hpp"
#include "tests/unit/ketrewd/raw_client.hpp"
#include "tests/unit/ketrewd/temporary_directory.hpp"

namespace ketrew::daemon {
namespace {

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
    for (int i = 0; i < 20000; ++i) {
      if (loop.on_loop(condition)) return true;
      ::usleep(1000);
    }
    return false;
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

constexpr const char* get_events = "GET /events HTTP/1.1\r\nHost: k\r\n\r\n";

TEST_F(HttpServerTest, SocketIsForItsOwnerOnly) {
  start();
  struct stat st {};
  ASSERT_EQ(::stat(path.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
}

TEST_F(HttpServerTest, KeepsTheConnection) {
  start();
  RawClient client(path);
  for (int i = 0; i < 3; ++i) {
    const std::string body = "number " + std::to_string(i);
    ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body));
    const auto response = client.read_response();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, body);
  }
  EXPECT_EQ(counts().connections, 1u);
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  RawClient client(path);
  std::string all;
  constexpr int count = 5000;
  for (int i = 0; i < count; ++i)
    all += "POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: 4\r\n\r\n" +
           std::to_string(1000 + i % 9000).substr(0, 4);
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < count; ++i)
    ASSERT_EQ(client.read_response().body, std::to_string(1000 + i % 9000).substr(0, 4));
  sender.join();
}

TEST_F(HttpServerTest, AHandlerMayAnswerLater) {
  start();
  RawClient client(path);
  // A request behind the one that waits: it waits too, and is answered after it.
  ASSERT_TRUE(client.send(
      "GET /later HTTP/1.1\r\nHost: k\r\n\r\nGET /problem HTTP/1.1\r\nHost: k\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return later.size() == 1; }));
  expect_well();
  loop.on_loop([&] { later[0].respond(202, "text/plain", "at last"); });
  EXPECT_EQ(client.read_response().body, "at last");
  EXPECT_EQ(client.read_response().status, 409);
}

TEST_F(HttpServerTest, ForgottenAndFailedRequestsGet500) {
  start();
  RawClient client(path);
  for (const char* what : {"forget", "throw"}) {
    ASSERT_TRUE(client.send(std::string("GET /") + what + " HTTP/1.1\r\nHost: k\r\n\r\n"));
    const auto response = client.read_response();
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(Json::parse(response.body)["kind"], "internal");
  }
}

TEST_F(HttpServerTest, HeadersReachTheHandler) {
  start();
  RawClient client(path);
  ASSERT_TRUE(
      client.send("GET /headers HTTP/1.1\r\nHost: k\r\nidempotency-key: k1\r\nLast-Event-ID: 42\r\n"
                  "Accept: application/json\r\n\r\n"));
  const Json body = Json::parse(client.read_response().body);
  EXPECT_EQ(body["key"], "k1");
  EXPECT_EQ(body["last"], "42");
  EXPECT_EQ(body["accept"], "application/json");
  ASSERT_TRUE(client.send("BREW /headers HTTP/1.1\r\nHost: k\r\n\r\n"));
  EXPECT_EQ(Json::parse(client.read_response().body)["method"], "BREW");
}

TEST_F(HttpServerTest, ProblemsAreDocuments) {
  start();
  RawClient client(path);
  ASSERT_TRUE(client.send("GET /problem HTTP/1.1\r\nHost: k\r\n\r\n"));
  const auto response = client.read_response();
  EXPECT_EQ(response.status, 409);
  EXPECT_NE(response.head.find("application/problem+json"), std::string::npos);
  EXPECT_EQ(Json::parse(response.body)["detail"], "it is taken");
}

TEST_F(HttpServerTest, ExpectContinueAndHeadAndClose) {
  start();
  RawClient client(path);
  ASSERT_TRUE(client.send(
      "POST /echo HTTP/1.1\r\nHost: k\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(client.send("abc"));
  EXPECT_EQ(client.read_response().body, "abc");
  ASSERT_TRUE(client.send("HEAD /big HTTP/1.1\r\nHost: k\r\n\r\n"));
  EXPECT_NE(client.read_until("\r\n\r\n").find("Content-Length: 8388608"), std::string::npos);
  ASSERT_TRUE(client.send("GET /problem HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(client.read_response().status, 409);
  EXPECT_TRUE(client.at_end());
}

TEST_F(HttpServerTest, ChunkedAndBigBodies) {
  start();
  RawClient client(path);
  ASSERT_TRUE(
      client.send("POST /echo HTTP/1.1\r\nHost: k\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "3\r\nabc\r\n"));
  ASSERT_TRUE(client.send("2\r\nde\r\n0\r\n\r\n"));
  EXPECT_EQ(client.read_response().body, "abcde");
  const std::string big(20 << 20, 'y');
  std::thread sender([&] {
    client.send("POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: " + std::to_string(big.size()) +
                "\r\n\r\n" + big);
  });
  const auto response = client.read_response();
  sender.join();
  EXPECT_EQ(response.body.size(), big.size());
  EXPECT_TRUE(response.body == big);
}

TEST_F(HttpServerTest, WhatIsNotHttpGets400) {
  start();
  for (const std::string& nonsense :
       {std::string("hello\r\n\r\n"), std::string("\x16\x03\x01\x02\x00\x01\xfc", 7),
        std::string(2000, '\0'), std::string("GET / HTTP/9.9\r\n\r\n"),
        std::string("GET /v1 HTTP/1.1\r\nbad header\r\n\r\n"),
        std::string("GET /%zz HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n0\r\n\r\n")}) {
    RawClient client(path);
    ASSERT_TRUE(client.send(nonsense));
    const auto response = client.read_response();
    EXPECT_EQ(response.status, 400) << one_line(nonsense);
    EXPECT_TRUE(client.at_end()) << one_line(nonsense);
  }
  expect_well();
}

TEST_F(HttpServerTest, HugeHeadersGet431) {
  start();
  RawClient one(path);
  std::thread sender([&] { one.send("GET / HTTP/1.1\r\nX: " + std::string(1 << 20, 'a')); });
  EXPECT_EQ(one.read_response().status, 431);
  sender.join();
  RawClient line(path);
  std::thread second([&] { line.send("GET /" + std::string(1 << 20, 'a')); });
  EXPECT_EQ(line.read_response().status, 431);
  second.join();
  expect_well();
}

TEST_F(HttpServerTest, HugeBodiesGet413) {
  HttpLimits limits;
  limits.body = 1 << 20;
  start(limits);
  RawClient said(path);
  ASSERT_TRUE(said.send("POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: 99999999999\r\n\r\n"));
  EXPECT_EQ(said.read_response().status, 413);
  RawClient sent(path);
  std::thread sender([&] {
    sent.send("POST /echo HTTP/1.1\r\nHost: k\r\nTransfer-Encoding: chunked\r\n\r\n200001\r\n" +
              std::string(0x200001, 'b'));
  });
  EXPECT_EQ(sent.read_response().status, 413);
  sender.join();
  expect_well();
}

TEST_F(HttpServerTest, SlowAndHalfOpenRequestsTimeOut) {
  HttpLimits limits;
  limits.header_time = limits.progress_time = limits.idle_time = milliseconds(150);
  start(limits);
  RawClient silent(path), headers(path), body(path), half(path);
  ASSERT_TRUE(headers.send("GET /echo HT"));
  ASSERT_TRUE(body.send("POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: 10\r\n\r\n12345"));
  ASSERT_TRUE(half.send("GET /echo HTTP/1.1\r\n"));
  half.half_close();
  EXPECT_TRUE(half.at_end());
  EXPECT_EQ(headers.read_response().status, 408);
  EXPECT_TRUE(headers.at_end());
  EXPECT_EQ(body.read_response().status, 408);
  EXPECT_TRUE(silent.at_end());
  EXPECT_TRUE(eventually([&] { return server->counts().connections == 0; }));
  expect_well();
}

TEST_F(HttpServerTest, AByteAtATimeIsNoProgressForHeaders) {
  HttpLimits limits;
  limits.header_time = milliseconds(200);
  start(limits);
  RawClient client(path);
  const std::string request = "GET /echo HTTP/1.1\r\nX: " + std::string(100'000, 'a');
  for (const char c : request) {
    if (!client.send(std::string(1, c))) break;
    ::usleep(1000);
    char peek = 0;
    if (::recv(client.fd(), &peek, 1, MSG_PEEK | MSG_DONTWAIT) > 0) break;
  }
  EXPECT_EQ(client.read_response().status, 408);
}

TEST_F(HttpServerTest, AHalfClosedClientStillGetsItsAnswer) {
  start();
  RawClient client(path);
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: 3\r\n\r\nabc"));
  client.half_close();
  EXPECT_EQ(client.read_response().body, "abc");
  EXPECT_TRUE(client.at_end());
}

TEST_F(HttpServerTest, AClientThatDoesNotReadItsAnswerIsDropped) {
  HttpLimits limits;
  limits.progress_time = milliseconds(150);
  start(limits);
  RawClient client(path);
  ASSERT_TRUE(client.send("GET /big HTTP/1.1\r\nHost: k\r\n\r\n"));
  EXPECT_TRUE(eventually([&] { return server->counts().requests == 1; }));
  EXPECT_TRUE(eventually([&] { return server->counts().connections == 0; }));
}

TEST_F(HttpServerTest, ClientsThatLeaveBeforeTheAnswer) {
  start();
  for (int i = 0; i < 20; ++i) {
    RawClient client(path);
    ASSERT_TRUE(client.send("GET /later HTTP/1.1\r\nHost: k\r\n\r\n"));
  }
  ASSERT_TRUE(eventually([&] { return later.size() == 20; }));
  loop.on_loop([&] {
    for (auto& responder : later) responder.respond(200, "text/plain", std::string(1 << 20, 'z'));
  });
  EXPECT_TRUE(eventually([&] { return server->counts().connections == 0; }));
  expect_well();
}

TEST_F(HttpServerTest, ManyAtOnce) {
  start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<RawClient>(path));
    ASSERT_TRUE(*clients.back()) << i;
  }
  for (auto& client : clients)
    ASSERT_TRUE(client->send("POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: 2\r\n\r\nhi"));
  for (auto& client : clients) EXPECT_EQ(client->read_response().body, "hi");
}

TEST_F(HttpServerTest, AboveTheLimitIdleOnesMakeRoomAndTheRestWait) {
  HttpLimits limits;
  limits.connections = 2;
  start(limits);
  RawClient busy(path), other(path), third(path);
  ASSERT_TRUE(busy.send("GET /later HTTP/1.1\r\nHost: k\r\n\r\n"));
  ASSERT_TRUE(other.send("GET /later HTTP/1.1\r\nHost: k\r\n\r\n"));
  ASSERT_TRUE(third.send("POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: 2\r\n\r\nhi"));
  ASSERT_TRUE(eventually([&] { return later.size() == 2; }));
  EXPECT_LE(counts().connections, 2u);
  // One answered: it is idle now, and makes room for the one that waits.
  loop.on_loop([&] { later[0].respond(200, "text/plain", "done"); });
  EXPECT_EQ(third.read_response().body, "hi");
}

TEST_F(HttpServerTest, EventsFlowAndResume) {
  start();
  RawClient client(path);
  ASSERT_TRUE(client.send("GET /events HTTP/1.1\r\nHost: k\r\nLast-Event-ID: 17\r\n\r\n"));
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_NE(head.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_EQ(client.read_until("\n\n"), "id: 17\nevent: hello\ndata: {}\n\n");
  loop.on_loop([&] {
    for (int i = 18; i < 1018; ++i)
      streams[0].send(std::to_string(i), "transition", "{\"n\":" + std::to_string(i) + "}");
  });
  for (int i = 18; i < 1018; ++i)
    ASSERT_EQ(client.read_until("\n\n"),
              "id: " + std::to_string(i) +
                  "\nevent: transition\ndata: {\"n\":" + std::to_string(i) + "}\n\n");
  client.close();
  EXPECT_TRUE(eventually([&] { return closed == 1 && server->counts().streams == 0; }));
  loop.on_loop([&] { streams[0].send("1", "transition", "nobody"); });
}

TEST_F(HttpServerTest, AStreamEndsAfterWhatWasSent) {
  start();
  RawClient client(path);
  ASSERT_TRUE(client.send(get_events));
  ASSERT_TRUE(eventually([&] { return streams.size() == 1; }));
  loop.on_loop([&] {
    streams[0].send("1", "e", "last");
    streams.clear();
  });
  EXPECT_NE(client.read_all().find("data: last\n\n"), std::string::npos);
  EXPECT_EQ(closed, 0);
}

TEST_F(HttpServerTest, CommentsKeepAStreamAlive) {
  HttpLimits limits;
  limits.comment_time = milliseconds(60);
  start(limits);
  RawClient client(path);
  ASSERT_TRUE(client.send(get_events));
  EXPECT_TRUE(client.read_until(":\n\n").ends_with(":\n\n"));
  EXPECT_EQ(client.read_until(":\n\n"), ":\n\n");
}

TEST_F(HttpServerTest, ASlowReaderOfEventsIsDroppedAlone) {
  start();
  RawClient slow(path), quick(path);
  ASSERT_TRUE(slow.send(get_events));
  ASSERT_TRUE(eventually([&] { return streams.size() == 1; }));
  ASSERT_TRUE(quick.send(get_events));
  ASSERT_TRUE(eventually([&] { return streams.size() == 2; }));
  std::atomic<bool> seen{false};
  std::thread reader([&] { seen = !quick.read_until("the end").empty(); });
  const std::string data(10'000, 'd');
  // More than the kernel and the bound hold; in steps, so that a reader that reads keeps up.
  for (int i = 0; i < 40; ++i) {
    loop.on_loop([&] {
      for (auto& stream : streams)
        for (int k = 0; k < 10; ++k) stream.send("1", "e", data);
    });
  }
  EXPECT_TRUE(eventually([&] {
    if (!streams[0].open()) return true;
    streams[0].send("1", "e", data);
    return false;
  }));
  EXPECT_TRUE(eventually([&] { return closed >= 1; }));
  loop.on_loop([&] { streams[1].send("2", "e", "the end"); });
  // Whether the quick one kept up with a burst of megabytes is its own affair; a new one is served.
  if (!loop.on_loop([&] { return streams[1].open(); })) quick.half_close();
  reader.join();
  EXPECT_TRUE(seen);
  expect_well();
}

TEST_F(HttpServerTest, FiveHundredStreams) {
  start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 450; ++i) {
    clients.push_back(std::make_unique<RawClient>(path));
    if (!*clients.back()) GTEST_SKIP() << "not enough file descriptors (ulimit -n)";
    ASSERT_TRUE(clients.back()->send(get_events));
  }
  ASSERT_TRUE(eventually([&] { return streams.size() == 450; }));
  loop.on_loop([&] {
    const std::string text = event_text("9", "transition", "{}");
    for (auto& stream : streams) stream.send_text(text);
  });
  for (auto& client : clients) {
    client->read_until("\r\n\r\n");
    EXPECT_EQ(client->read_until("\n\n"), "event: hello\ndata: {}\n\n");
    EXPECT_EQ(client->read_until("\n\n"), "id: 9\nevent: transition\ndata: {}\n\n");
  }
}

TEST_F(HttpServerTest, TooManyStreamsGet503) {
  HttpLimits limits;
  limits.streams = 1;
  start(limits);
  RawClient first(path), second(path);
  ASSERT_TRUE(first.send(get_events));
  ASSERT_TRUE(eventually([&] { return streams.size() == 1; }));
  ASSERT_TRUE(second.send(get_events));
  EXPECT_EQ(second.read_response().status, 503);
}

TEST_F(HttpServerTest, StopsGracefully) {
  start();
  RawClient idle(path), waiting(path), stream(path);
  ASSERT_TRUE(waiting.send("GET /later HTTP/1.1\r\nHost: k\r\n\r\n"));
  ASSERT_TRUE(stream.send(get_events));
  ASSERT_TRUE(eventually([&] { return later.size() == 1 && streams.size() == 1; }));
  std::promise<void> done;
  loop.on_loop([&] { server->stop(milliseconds(20'000), [&] { done.set_value(); }); });
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
  EXPECT_TRUE(idle.at_end());
  stream.read_all();
  EXPECT_TRUE(eventually([&] { return closed == 1; }));
  loop.on_loop([&] { later[0].respond(200, "text/plain", "still served"); });
  const auto response = waiting.read_response();
  EXPECT_EQ(response.body, "still served");
  EXPECT_NE(response.head.find("Connection: close"), std::string::npos);
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST_F(HttpServerTest, StopDoesNotWaitForEver) {
  start();
  RawClient waiting(path);
  ASSERT_TRUE(waiting.send("GET /later HTTP/1.1\r\nHost: k\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return later.size() == 1; }));
  std::promise<void> done;
  loop.on_loop([&] { server->stop(milliseconds(50), [&] { done.set_value(); }); });
  EXPECT_TRUE(waiting.at_end());
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST_F(HttpServerTest, AStaleSocketIsReplacedALiveOneIsNot) {
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const Fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(dead.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)),
                     sizeof address),
              0);
  }
  start();
  expect_well();
  const auto second = loop.on_loop([&] {
    HttpServer other(loop.loop, [](Request, Responder) {});
    return other.listen(path);
  });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  expect_well();
}

TEST_F(HttpServerTest, ImpossiblePathsAreRefusedClearly) {
  loop.on_loop([&] {
    HttpServer other(loop.loop, [](Request, Responder) {});
    const auto result = other.listen("/tmp/" + std::string(120, 'x'));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::invalid);
    EXPECT_NE(result.error().what.find("at most 107"), std::string::npos);
    ASSERT_TRUE(write_file_atomically(path, "precious"));
    EXPECT_FALSE(other.listen(path));
    EXPECT_EQ(read_file(path).value_or(""), "precious");
  });
}

TEST_F(HttpServerTest, OtherUsersAreTurnedAway) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be another user";
  start();
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  ASSERT_EQ(::chmod(directory.path.c_str(), 0755), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(9);
    RawClient client(path);
    client.send("POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: 2\r\n\r\nhi");
    ::_exit(client.at_end() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace ketrew::daemon
