#include "core/base/text.hpp"

#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/base/random_bytes.hpp"

namespace ketrew {
namespace {

// What a shell makes of it.
std::string through_shell(const std::string& quoted) {
  const std::string command = "printf %s " + quoted;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string out;
  for (int c; pipe && (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  if (pipe) ::pclose(pipe);
  return out;
}

TEST(Utf8, Knows) {
  for (const std::string& good :
       {std::string(), std::string("a\0b", 3), std::string("\xc2\x80"), std::string("\xdf\xbf"),
        std::string("\xe0\xa0\x80"), std::string("\xed\x9f\xbf"), std::string("\xee\x80\x80"),
        std::string("\xf0\x90\x80\x80"), std::string("\xf4\x8f\xbf\xbf")})
    EXPECT_TRUE(is_utf8(good));
  for (const std::string bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x98",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "a\xc3z"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Utf8, MadeValidIsValidAndKeepsWhatWas) {
  RandomBytes random(1);
  for (int i = 0; i < 5000; ++i) {
    const std::string bytes = random.bytes(30);
    const std::string valid = to_valid_utf8(bytes);
    EXPECT_TRUE(is_utf8(valid));
    EXPECT_EQ(to_valid_utf8(valid), valid);
    if (is_utf8(bytes)) {
      EXPECT_EQ(valid, bytes);
    }
    EXPECT_NO_THROW(Json(valid).dump());
  }
  EXPECT_EQ(to_valid_utf8("a\xff"
                          "b"),
            "a\xef\xbf\xbd"
            "b");
}

TEST(Base64, RoundTrips) {
  RandomBytes random(2);
  for (int i = 0; i < 2000; ++i) {
    const std::string bytes = random.bytes(40);
    EXPECT_EQ(from_base64(to_base64(bytes)).value(), bytes);
  }
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
}

TEST(Base64, Refuses) {
  for (const std::string text :
       {"Z", "Zg", "Zg=", "=g==", "Z===", "====", "Zm9v\n", "Zm 9v", "Zg==Zg==", "Zm9_"})
    EXPECT_FALSE(from_base64(text)) << text;
  // Bits that no encoder sets: two texts must not mean the same bytes.
  EXPECT_FALSE(from_base64("Zh=="));
  EXPECT_FALSE(from_base64("Zm9="));
}

TEST(BytesInJson, RoundTripThroughText) {
  RandomBytes random(3);
  for (int i = 0; i < 3000; ++i) {
    const std::string bytes = random.bytes(30);
    EXPECT_EQ(bytes_from_json(Json::parse(bytes_to_json(bytes).dump())).value(), bytes);
  }
  for (const char* wrong : {"1", "null", "[]", "{}", R"({"base64": 1})",
                            R"({"base64": "Zg==", "x": 1})", R"({"base64": "!"})"})
    EXPECT_FALSE(bytes_from_json(Json::parse(wrong))) << wrong;
}

TEST(ShellQuote, ArrivesByteForByte) {
  RandomBytes random(4);
  std::string line, expected;
  for (int i = 0; i < 300; ++i) {
    const std::string word = random.bytes_without_nul(20);
    line += shell_quote(word) + " ";
    expected += word;
  }
  EXPECT_EQ(through_shell(line), expected);  // printf %s repeats itself for each argument
  EXPECT_EQ(shell_quote("plain-word_1.txt"), "plain-word_1.txt");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  const std::vector<std::string> words{"a b", "", "c"};
  EXPECT_EQ(shell_quote(words), "'a b' '' c");
}

TEST(ShellQuote, WordsThatAShellTakesForSomethingElse) {
  for (const std::string word :
       {"~", "~root", "A=b", "a=~", "*", "?", "#x", "!", "{a,b}", "if", "-n", "a:~"})
    EXPECT_EQ(through_shell("%s " + shell_quote(word)), "%s" + word) << word;
  for (const std::string word : {"~", "~root", "a=~", "*", "?", "#x", "!", "{a,b}", "a:~"})
    EXPECT_EQ(through_shell(shell_quote(word)), word);
}

TEST(ShellQuote, TheFirstWordIsAProgram) {
  // The shell says that there is no such program (127): it has not taken the word for its own.
  for (const std::string word :
       {"A=b", "=", "if", "for", "time", "case", "{", "}", "!", "[[", "fi", "function"}) {
    const std::vector<std::string> words{word, "x"};
    const std::string line = shell_quote(words) + " 2>/dev/null";
    EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 127) << word;
  }
  const std::vector<std::string> plain{"make", "A=b"};
  EXPECT_EQ(shell_quote(plain), "make A=b");
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> known{"queue", "account", "memory", "wall_time", "gpus"};
  EXPECT_EQ(nearest("qeue", known), "queue");
  EXPECT_EQ(nearest("memroy", known), "memory");
  EXPECT_EQ(nearest("walltime", known), "wall_time");
  EXPECT_EQ(nearest("queue", known), "queue");
  EXPECT_EQ(nearest("something-else-entirely", known), "");
  EXPECT_EQ(nearest("x", known), "");
  EXPECT_EQ(nearest("queue", {}), "");
  EXPECT_EQ(nearest("", known), "");
}

TEST(Nearest, DoesNotTakeForEverOnALongWord) {
  const std::vector<std::string> known{"queue"};
  EXPECT_EQ(nearest(std::string(1 << 20, 'x'), known), "");
}

TEST(Split, AndJoinAreInverse) {
  RandomBytes random(5);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = random.bytes(20);
    EXPECT_EQ(join(split(text, ','), ","), text);
  }
  EXPECT_EQ(split("", ','), std::vector<std::string>{""});
  EXPECT_EQ(split(",a,", ','), (std::vector<std::string>{"", "a", ""}));
}

TEST(Trim, TakesBlanksAway) {
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(OneLine, IsOneValidLineOfLimitedSize) {
  RandomBytes random(6);
  for (int i = 0; i < 5000; ++i) {
    const std::size_t size = random.below(20);
    const std::string line = one_line(random.bytes(40), size);
    EXPECT_TRUE(is_utf8(line));
    EXPECT_LE(line.size(), size + 3);
    for (const char c : line) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
  EXPECT_EQ(one_line(" a\nb\t"), "a b");
  EXPECT_EQ(one_line("\xe2\x98\x83\xe2\x98\x83", 4), "\xe2\x98\x83...");
}

}  // namespace
}  // namespace ketrew
