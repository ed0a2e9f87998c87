#include <gtest/gtest.h>

#include "core/model/failure_pattern.hpp"

namespace ketrew {
namespace {

TEST(FailurePattern, WhatDiffersFromJobToJobIsLeftOut) {
  EXPECT_EQ(failure_pattern("sample_17: cannot open /data/run3/s17.bam (errno 2)"),
            "sample_N: cannot open PATH (errno N)");
  EXPECT_EQ(failure_pattern("exit code 3"), "exit code N");
  EXPECT_EQ(failure_pattern("job 01hf7yat01r5h613xjk3tv6v6k: gone"), "job ID: gone");
  EXPECT_EQ(failure_pattern("commit deadbeef01 is missing"), "commit ID is missing");
  EXPECT_EQ(failure_pattern("  a \n\t b  "), "a b");
  EXPECT_EQ(failure_pattern("'/a/b': No such file"), "'PATH': No such file");
  EXPECT_EQ(failure_pattern("./x/y: line 4: foo: command not found"), "PATH: line N: foo: command not found");
  EXPECT_EQ(failure_pattern("and/or 1/2"), "and/or N/N");
  EXPECT_EQ(failure_pattern(""), "");
  EXPECT_EQ(failure_pattern("/"), "/");
}

TEST(FailurePattern, ItIsBounded) {
  EXPECT_LE(failure_pattern(std::string(1'000'000, 'x')).size(), 300u);
  EXPECT_EQ(failure_pattern(std::string(1'000'000, '7')), "N");
}

}  // namespace
}  // namespace ketrew
