#include "core/protocol/line_reader.hpp"

#include <gtest/gtest.h>

namespace ketrew::protocol {
namespace {

std::vector<std::string> take_all(LineReader& reader) {
  std::vector<std::string> lines;
  while (const auto line = reader.next()) lines.emplace_back(*line);
  return lines;
}

TEST(LineReader, ThePiecesDoNotMatter) {
  const std::string stream = "one\n\ntwo\r\nthree \xff\n rest";
  const std::vector<std::string> expected = {"one", "", "two", "three \xff"};
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    LineReader reader;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      ASSERT_TRUE(reader.feed(std::string_view(stream).substr(at, piece)));
      for (std::string& line : take_all(reader)) lines.push_back(std::move(line));
    }
    EXPECT_EQ(lines, expected) << piece;
    EXPECT_EQ(reader.pending(), 5u);
  }
}

TEST(LineReader, LinesThatWaitAreKeptWhenMoreComes) {
  LineReader reader;
  ASSERT_TRUE(reader.feed("a\nb\nc"));
  EXPECT_EQ(reader.next(), "a");
  ASSERT_TRUE(reader.feed("d\n"));
  EXPECT_EQ(take_all(reader), (std::vector<std::string>{"b", "cd"}));
  EXPECT_EQ(reader.pending(), 0u);
}

TEST(LineReader, ALineThatIsTooLongIsAnErrorForEver) {
  LineReader reader(8);
  ASSERT_TRUE(reader.feed("12345678\n"));
  EXPECT_FALSE(reader.feed("ok\n123456789"));
  EXPECT_EQ(take_all(reader), (std::vector<std::string>{"12345678", "ok"}));
  EXPECT_FALSE(reader.feed("\nmore\n"));
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST(LineReader, ManyShortLinesAreNotLong) {
  LineReader reader(8);
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "123456\n";
  ASSERT_TRUE(reader.feed(lines));
  EXPECT_EQ(take_all(reader).size(), 1000u);
}

}  // namespace
}  // namespace ketrew::protocol
