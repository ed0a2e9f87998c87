#include "core/base/percent.hpp"

#include <gtest/gtest.h>

namespace ketrew {
namespace {

TEST(Percent, AnyBytesComeBack) {
  std::string every;
  for (int byte = 1; byte < 256; ++byte) every += static_cast<char>(byte);
  const std::string encoded = percent_encode(every);
  EXPECT_EQ(percent_decode(encoded), every);
  EXPECT_EQ(encoded.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789-_.~%"),
            std::string::npos);
}

TEST(Percent, WhatMayStayStays) {
  EXPECT_EQ(percent_encode("/a b@c", "/@"), "/a%20b@c");
  EXPECT_EQ(percent_encode("/a b@c"), "%2Fa%20b%40c");
}

TEST(Percent, BothCasesAreRead) { EXPECT_EQ(percent_decode("%2f%2F"), "//"); }

TEST(Percent, BrokenEscapesAreRefused) {
  for (const char* text : {"%", "a%", "%1", "a%4", "%g0", "%0g", "%%41", "%+1", "%00"})
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  EXPECT_EQ(percent_decode("%41"), "A");
  EXPECT_EQ(percent_decode(""), "");
}

}  // namespace
}  // namespace ketrew
