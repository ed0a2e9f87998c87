#include "tests/unit/ketrewd/http_fixture.hpp"

namespace ketrew::daemon {
namespace {

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

TEST_F(HttpServerTest, StopsGracefully) {
  start();
  RawClient idle(path), waiting(path), stream(path);
  ASSERT_TRUE(waiting.send("GET /later HTTP/1.1\r\nHost: k\r\n\r\n"));
  ASSERT_TRUE(stream.send(get_events));
  ASSERT_TRUE(eventually([&] { return later.size() == 1 && streams.size() == 1; }));
  std::promise<void> done;
  loop.on_loop([&] { server->stop(milliseconds(120'000), [&] { done.set_value(); }); });
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
