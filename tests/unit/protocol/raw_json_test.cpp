#include "core/protocol/raw_json.hpp"

#include <random>

#include <gtest/gtest.h>

namespace ketrew::protocol {
namespace {

TEST(RawJson, AcceptsAndRefusesWhatTheStandardDoes) {
  for (const char* text : {"null", "true", "false", "0", "-0", "10", "1.5", "1e5", "1E-5",
                           "-1.25e+10", "\"\"", "\"a\\n\\u00e9\\ud83d\\ude00\"", "[]", "{}",
                           " [ 1 , 2 ] ", "{\"a\":{\"b\":[]}}", "\"\x7f\""})
    EXPECT_TRUE(check_json(text)) << text;
  for (const char* text : {"",
                           " ",
                           "nul",
                           "nulll",
                           "tru",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "--1",
                           "\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\ud800\"",
                           "\"\\ude00\"",
                           "\"\\ud800\\u0041\"",
                           "[",
                           "[1",
                           "[1,",
                           "[1,]",
                           "{",
                           "{\"a\"",
                           "{\"a\":",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{1:1}",
                           "[1 2]",
                           "1 1",
                           "'a'",
                           "\"\n\"",
                           "NaN",
                           "\xff",
                           "\"\xc3\""})
    EXPECT_FALSE(check_json(text)) << text;
}

TEST(RawJson, TooManyLevelsAreRefusedNotOverflowed) {
  EXPECT_TRUE(check_json(std::string(200, '[') + std::string(200, ']')));
  EXPECT_FALSE(check_json(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(check_json(objects));
}

TEST(RawJson, MembersAreViewsAndTheLastOfAKeyCounts) {
  const std::string text = R"({"a": [1, 2], "b\u0063" : {"d":"}"} ,"a":7})";
  const auto members = scan_object(text);
  ASSERT_TRUE(members);
  EXPECT_EQ(members->find("a"), "7");
  EXPECT_EQ(members->find("bc"), R"({"d":"}"})");
  EXPECT_EQ(members->find("d"), std::nullopt);
  EXPECT_FALSE(scan_object("[]"));
}

TEST(RawJson, ElementsOfAnArray) {
  const auto elements = scan_array(R"( [ 1, "a,]", [2,3], {} ] )");
  ASSERT_TRUE(elements);
  EXPECT_EQ(*elements, (std::vector<std::string_view>{"1", R"("a,]")", "[2,3]", "{}"}));
  EXPECT_FALSE(scan_array("{}"));
}

TEST(RawJson, StringsGoBothWays) {
  std::string all;
  for (int c = 0; c < 128; ++c) all.push_back(static_cast<char>(c));
  all += "é…😀";
  std::string text;
  append_json_string(text, all);
  EXPECT_EQ(scan_string(text), all);
  EXPECT_EQ(Json::parse(text), Json(all));
  text.clear();
  append_json_string(text, "a\xff");
  EXPECT_EQ(scan_string(text), "a\xef\xbf\xbd");
  EXPECT_EQ(scan_string("5"), std::nullopt);
  EXPECT_EQ(scan_string("\"a\" "), std::nullopt);
}

TEST(RawJson, Integers) {
  EXPECT_EQ(scan_integer("-12"), -12);
  for (const char* text : {"", "1.5", "1e3", "99999999999999999999", "\"1\"", "1 "})
    EXPECT_EQ(scan_integer(text), std::nullopt) << text;
}

TEST(RawJson, Tokens) {
  EXPECT_TRUE(is_token("01kb5w1k2z8nqz2j4w6q0r7t3v-1"));
  for (const char* text : {"", "a/b", "..", "a b", "A", "a\n", "a_b"}) EXPECT_FALSE(is_token(text));
  EXPECT_FALSE(is_token(std::string(65, 'a')));
}

// Whatever the scanner accepts another parser accepts, too: a value that it let through can never
// spoil the message that it is put into.
TEST(RawJson, MutatedTextsAreJudgedAsAnotherParserDoes) {
  const std::string seed =
      R"({"a":[1,-2.5e3,"x\u00e9\n",null,true],"b":{"c":{}},"d":"\ud83d\ude00"})";
  const std::string alphabet = "{}[]\",:\\u0129aeE+-. \ntfn\x01\xc3\xa9";
  std::mt19937 random(4711);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    for (unsigned i = random() % 4; i-- > 0;) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = alphabet[random() % alphabet.size()]; break;
        case 1: text.erase(at, 1); break;
        default: text.insert(at, 1, alphabet[random() % alphabet.size()]); break;
      }
    }
    EXPECT_EQ(check_json(text).has_value(), Json::accept(text)) << text;
  }
}

}  // namespace
}  // namespace ketrew::protocol
