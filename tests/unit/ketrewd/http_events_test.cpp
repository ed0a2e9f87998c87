#include "tests/unit/ketrewd/http_fixture.hpp"

namespace ketrew::daemon {
namespace {

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

}  // namespace
}  // namespace ketrew::daemon
