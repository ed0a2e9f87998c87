#include "app/ketrewd/failure_clusters.hpp"

#include <gtest/gtest.h>

namespace ketrew::daemon {
namespace {

JobRecord failed(int number, const std::string& words, const std::string& host = "/pg") {
  JobRecord record;
  record.id = JobId(1, static_cast<std::uint64_t>(number));
  record.spec.host = host;
  record.progress.state = State::failed;
  record.progress.failure = FailureClass::exit;
  record.progress.message = "exit code 1";
  record.progress.evidence.words = words;
  record.progress.backend_state = "{}";
  record.progress.attempt = 1;
  return record;
}

TEST(FailureClusters, WordsThatDifferInNumbersAreTogether) {
  FailureClusters clusters;
  clusters.add(failed(1, "disk 7 is full"));
  for (int i = 2; i < 6; ++i) clusters.add(failed(i, "sample " + std::to_string(i) + " is empty", "/b"));
  std::vector<FailureSample> samples;
  const Json list = clusters.json(100, samples);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["jobs"], 4);
  EXPECT_EQ(list[0]["pattern"], "sample N is empty");
  EXPECT_EQ(list[0]["hosts"][0]["host"], "/b");
  EXPECT_EQ(list[1]["jobs"], 1);
  ASSERT_EQ(samples.size(), 5u) << "of small ones all";
  EXPECT_EQ(samples[4].cluster, 1u);
}

TEST(FailureClusters, OfManyAFewAreSamplesFromEverywhere) {
  FailureClusters clusters;
  for (int i = 0; i < 10'000; ++i) clusters.add(failed(i, "the same"));
  std::vector<FailureSample> samples;
  (void)clusters.json(100, samples);
  EXPECT_GE(samples.size(), FailureClusters::samples_of_each / 2);
  EXPECT_LE(samples.size(), FailureClusters::samples_of_each);
  EXPECT_GE(samples.back().id.low(), 5'000u) << "not the newest only";
  samples.clear();
  (void)clusters.json(3, samples);
  EXPECT_EQ(samples.size(), 3u);
}

TEST(FailureClusters, WithoutAnAttemptThereIsNobodyToAsk) {
  FailureClusters clusters;
  JobRecord record = failed(1, "refused");
  record.progress.backend_state.clear();
  clusters.add(record);
  std::vector<FailureSample> samples;
  EXPECT_EQ(clusters.json(100, samples).size(), 1u);
  EXPECT_TRUE(samples.empty());
}

TEST(LastLine, IsTheLastWithSomethingInIt) {
  EXPECT_EQ(last_line("one\ntwo  \n\n \n"), "two");
  EXPECT_EQ(last_line("one"), "one");
  EXPECT_EQ(last_line("\n \n"), "");
  EXPECT_EQ(last_line(""), "");
}

TEST(LastLines, TheMostFrequentFirst) {
  const JobId a(1, 1), b(1, 2), c(1, 3);
  const Json json = last_lines_json({{a, "no space"}, {b, "cannot open /x/1"}, {c, "cannot open /y/2"}});
  EXPECT_EQ(json["looked_at"], 3);
  ASSERT_EQ(json["last_lines"].size(), 2u);
  EXPECT_EQ(json["last_lines"][0]["jobs"], 2);
  EXPECT_EQ(json["last_lines"][0]["line"], "cannot open /x/1");
  EXPECT_EQ(json["last_lines"][0]["id"], b.text());
}

}  // namespace
}  // namespace ketrew::daemon
