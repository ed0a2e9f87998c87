#include "app/ketrewd/request_json.hpp"

#include <gtest/gtest.h>

namespace ketrew::daemon {
namespace {

std::string refusal(const std::string& text) {
  const auto parsed = parse_request_json(text);
  EXPECT_FALSE(parsed) << text;
  if (parsed) return "";
  EXPECT_EQ(parsed.error().kind, ErrorKind::invalid);
  EXPECT_EQ(parsed.error().text().find('\n'), std::string::npos);
  return parsed.error().text();
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST(RequestJson, WhatFitsIsWhatTheParserGives) {
  for (const char* text :
       {"null", "true", "-7", "18446744073709551615", "-9223372036854775808", "1.5e300", "\"x\"", "[]",
        "{}", R"([1,[2,{"a":[]},"b"],{}])",
        R"({"a":{"b":[1,2,{"c":null}],"d":false},"e":"\ud83d\ude00","":-0.5})"}) {
    const auto parsed = parse_request_json(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().text();
    EXPECT_EQ(*parsed, Json::parse(text));
  }
}

TEST(RequestJson, LevelsHaveALimit) {
  EXPECT_TRUE(parse_request_json(nested(deepest_request)));
  EXPECT_NE(refusal(nested(deepest_request + 1)).find("more than 64 levels"), std::string::npos);
  EXPECT_NE(refusal(std::string(1 << 20, '[')).find("levels"), std::string::npos);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  EXPECT_NE(refusal(objects).find("levels"), std::string::npos);
}

TEST(RequestJson, AKeyIsOnlyOnceInAnObject) {
  EXPECT_NE(refusal(R"({"name":"a","tags":[],"name":"b"})").find("\"name\" is twice"),
            std::string::npos);
  EXPECT_NE(refusal(R"([{"o":{"x":1,"x":1}}])").find("\"x\" is twice"), std::string::npos);
  EXPECT_TRUE(parse_request_json(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})"));
}

TEST(RequestJson, NumbersThatWouldChangeAreRefused) {
  for (const char* number : {"18446744073709551616", "-9223372036854775809", "1e999", "-1e999",
                             "123456789012345678901234567890"})
    EXPECT_NE(refusal("{\"n\":" + std::string(number) + "}").find("does not fit"),
              std::string::npos)
        << number;
}

TEST(RequestJson, WhatIsNoJson) {
  for (const char* text : {"", "{", "nope", "[1,]", "{\"a\"}", "{} {}", "\"\xff\"", "[1] x", "NaN"})
    EXPECT_EQ(refusal(text).rfind("the body is not JSON: ", 0), 0u) << text;
}

}  // namespace
}  // namespace ketrew::daemon
