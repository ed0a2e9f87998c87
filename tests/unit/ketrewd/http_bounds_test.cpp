#include "tests/unit/ketrewd/http_fixture.hpp"

namespace ketrew::daemon {
namespace {

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
  limits.header_time = limits.progress_time = limits.idle_time = milliseconds(400);
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

}  // namespace
}  // namespace ketrew::daemon
