#include "core/api/http_response.hpp"

#include <gtest/gtest.h>

namespace ketrew::api {
namespace {

// Feeds it cut in two at every place, and byte by byte: the answer must not depend on it.
void expect_body(const std::string& bytes, const std::string& body, bool ends = false) {
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    HttpResponseParser parser;
    ASSERT_TRUE(parser.feed(bytes.substr(0, cut)));
    ASSERT_TRUE(parser.feed(bytes.substr(cut)));
    if (ends) {
      ASSERT_TRUE(parser.end());
    }
    ASSERT_TRUE(parser.done()) << "cut at " << cut;
    EXPECT_EQ(parser.response().body, body);
  }
  HttpResponseParser parser;
  for (const char c : bytes) ASSERT_TRUE(parser.feed(std::string(1, c)));
  if (ends) {
    ASSERT_TRUE(parser.end());
  }
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(parser.response().body, body);
}

TEST(HttpResponse, WithALength) {
  expect_body("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello");
  expect_body("HTTP/1.1 204 No Content\r\n\r\n", "");
  expect_body("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "");
}

TEST(HttpResponse, InChunks) {
  expect_body(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n, world. "
      "!\r\n0\r\nTrailer: x\r\n\r\n",
      "hello, world. !");
}

TEST(HttpResponse, UntilTheConnectionCloses) {
  expect_body("HTTP/1.0 200 OK\r\n\r\nhello", "hello", true);
}

TEST(HttpResponse, AfterAnInterimAnswer) {
  expect_body("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "hi");
}

TEST(HttpResponse, HeadersAreFoundByLowerCase) {
  HttpResponseParser parser;
  ASSERT_TRUE(
      parser.feed("HTTP/1.1 404 Not Found\r\nContent-Type:  a/b \r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(parser.response().status, 404);
  EXPECT_EQ(parser.response().header("content-type"), "a/b");
  EXPECT_TRUE(parser.keeps_alive());
}

TEST(HttpResponse, ConnectionCloseIsHeard) {
  HttpResponseParser parser;
  ASSERT_TRUE(parser.feed("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(parser.keeps_alive());
}

TEST(HttpResponse, WhatIsNoHttpIsRefused) {
  const std::string cases[] = {
      "SSH-2.0-OpenSSH_9.2\r\n\r\n",
      "HTTP/1.1 abc\r\n\r\n",
      "HTTP/2 200 OK..\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
      std::string(70'000, 'x')};
  for (const auto& bytes : cases) {
    HttpResponseParser parser;
    EXPECT_FALSE(parser.feed(bytes)) << bytes.substr(0, 80);
  }
}

TEST(HttpResponse, ACutOneIsNoAnswer) {
  const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    HttpResponseParser parser;
    ASSERT_TRUE(parser.feed(bytes.substr(0, size)));
    EXPECT_FALSE(parser.end());
  }
}

}  // namespace
}  // namespace ketrew::api
