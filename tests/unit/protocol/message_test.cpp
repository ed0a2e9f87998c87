#include "core/protocol/message.hpp"

#include <gtest/gtest.h>

namespace ketrew::protocol {
namespace {

std::string_view without_newline(const std::string& line) {
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  return std::string_view(line).substr(0, line.size() - 1);
}

TEST(Message, ARequestGoesBothWays) {
  std::string line;
  append_request(line, 42, "start", R"({"token":"a-1"})");
  const auto message = parse_message(without_newline(line));
  ASSERT_TRUE(message);
  const auto& request = std::get<Request>(*message);
  EXPECT_EQ(request_number(request.id), 42u);
  EXPECT_EQ(request.method, "start");
  EXPECT_EQ(request.params, R"({"token":"a-1"})");
}

TEST(Message, AnswersGoBothWays) {
  std::string line;
  append_response(line, "\"x\"", "[1]");
  auto message = parse_message(without_newline(line));
  ASSERT_TRUE(message);
  EXPECT_EQ(std::get<Response>(*message).id, "\"x\"");
  EXPECT_EQ(std::get<Response>(*message).result, "[1]");

  line.clear();
  append_error(line, "7", ErrorCode::invalid_params, "a \"word\"\nand more");
  message = parse_message(without_newline(line));
  ASSERT_TRUE(message);
  const auto& error = std::get<ErrorResponse>(*message);
  EXPECT_EQ(error.code, -32602);
  EXPECT_EQ(error.message, "a \"word\"\nand more");
  EXPECT_EQ(request_number(error.id), 7u);

  line.clear();
  append_notification(line, "changed", R"({"ids":[]})");
  message = parse_message(without_newline(line));
  ASSERT_TRUE(message);
  EXPECT_EQ(std::get<Notification>(*message).method, "changed");
}

TEST(Message, WhatIsNoneIsAnError) {
  for (const char* line :
       {"", "5", "[]", "{}", R"({"id":1,"method":"a"})", R"({"jsonrpc":"1.0","id":1,"method":"a"})",
        R"({"jsonrpc":"2.0","id":{},"method":"a"})", R"({"jsonrpc":"2.0","id":null,"method":"a"})",
        R"({"jsonrpc":"2.0","id":1,"method":5})",
        R"({"jsonrpc":"2.0","id":1,"method":"a","params":[]})", R"({"jsonrpc":"2.0","id":1})",
        R"({"jsonrpc":"2.0","result":1})", R"({"jsonrpc":"2.0","id":1,"result":1,"error":{}})",
        R"({"jsonrpc":"2.0","id":1,"error":{"code":"x","message":"y"}})",
        R"({"jsonrpc":"2.0","id":1,"error":5})", R"({"jsonrpc":"2.0","id":null,"result":1})"})
    EXPECT_FALSE(parse_message(line)) << line;
}

TEST(Message, NumbersThatAreNotOurs) {
  for (const char* id : {"-1", "1.5", "\"1\"", "null", "", "1x"})
    EXPECT_EQ(request_number(id), std::nullopt) << id;
}

}  // namespace
}  // namespace ketrew::protocol
