#include <gtest/gtest.h>

#include "backends/sdk/batch/asking.hpp"
#include "backends/sdk/batch/marked_text.hpp"
#include "backends/sdk/batch/site.hpp"

namespace ketrew::sdk::batch {
namespace {

TEST(BatchParts, CommandsAreSplitOnlyAtTheLimits) {
  EXPECT_TRUE(fits("squeue -j 1,2,3", 1000));
  EXPECT_FALSE(fits("squeue -j 1,2,3", 10));
  EXPECT_FALSE(fits("squeue -j " + std::string(longest_argument, '1'), 1 << 20));
  EXPECT_TRUE(fits("squeue -j " + std::string(longest_argument - 1, '1'), 1 << 20));

  std::vector<AskedJob> jobs(1000);
  const auto any = [](auto) { return true; };
  EXPECT_EQ(split_jobs(jobs, 1000, any).size(), 1u);
  EXPECT_EQ(split_jobs(jobs, 400, any).size(), 3u);
  std::size_t sum = 0;
  for (const auto part : split_jobs(jobs, 5000, [](auto some) { return some.size() < 300; })) {
    EXPECT_LT(part.size(), 300u);
    sum += part.size();
  }
  EXPECT_EQ(sum, 1000u);
  EXPECT_EQ(split_jobs(jobs, 1, [](auto) { return false; }).size(), 1000u);
  EXPECT_TRUE(split_jobs({}, 10, any).empty());
}

TEST(BatchParts, OfSeveralRowsTheLastCountsAndAnotherTokensRowDoesNot) {
  std::vector<AskedJob> jobs = {{"a-1", {}}, {"b-1", {}}, {"c-1", {}}};
  jobs[0].state.id = "1";
  jobs[1].state.id = "2";
  jobs[2].state.id = "3";
  Answer answer;
  answer.rows.resize(3);
  answer.rows[0].id = answer.rows[1].id = "1";
  answer.rows[1].never_ran = true;
  answer.rows[2].id = "2";
  answer.rows[2].token = "x-1";
  Answers answers;
  add_answer(answers, std::move(answer), jobs);
  ASSERT_TRUE(answers.seen[0].row);
  EXPECT_TRUE(answers.seen[0].row->never_ran);
  EXPECT_FALSE(answers.seen[1].row);
  EXPECT_FALSE(answers.seen[2].row);
}

TEST(BatchParts, MarkedTextIsReadByteForByteAndOnlyWhole) {
  const std::string text =
      "noise\nM job a\n\nM out\nx\n\ny\nM none\n\nM done\n\nM job b\n\nM out\nz";
  const auto jobs = read_marked(text, "M");
  ASSERT_EQ(jobs.size(), 1u);
  ASSERT_EQ(jobs.at("a").size(), 2u);
  EXPECT_EQ(jobs.at("a")[0].text, "x\n\ny");
  EXPECT_EQ(jobs.at("a")[1].text, "");
  for (std::size_t i = 0; i < text.find("M done"); ++i)
    EXPECT_TRUE(read_marked(text.substr(0, i), "M").empty()) << i;
}

TEST(BatchSite, OptionsAreTakenOrRefusedByName) {
  const auto site = site_from({{"bin", "/opt/x y/bin"},
                               {"environment", {{"A", "it's"}}},
                               {"exit_grace", 5},
                               {"hosts", {"ssh://login1/scratch"}},
                               {"sacct", false}});
  ASSERT_TRUE(site);
  EXPECT_EQ(site->exit_grace, Milliseconds(5000));
  EXPECT_EQ(site->hosts.front().hostname, "login1");
  EXPECT_EQ(site->rest.own, Json({{"sacct", false}}));
  const std::string text = prologue(*site, {});
  EXPECT_NE(text.find("PATH='/opt/x y/bin':$PATH"), std::string::npos) << text;
  for (const Json& bad : {Json{{"bin", 3}}, Json{{"environment", {{"a b", "x"}}}},
                          Json{{"hosts", "x"}}, Json{{"exit_grace", "soon"}}})
    EXPECT_FALSE(site_from(bad)) << bad;
}

}  // namespace
}  // namespace ketrew::sdk::batch
