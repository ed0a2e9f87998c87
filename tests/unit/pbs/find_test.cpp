#include "backends/pbs/find.hpp"

#include <gtest/gtest.h>

#include "backends/pbs/job_name.hpp"
#include "tests/unit/pbs/transcript.hpp"

namespace ketrew::pbs::test {
namespace {

const std::string one = "01kb5w1k2z8nqz2j4w6q0r7t3v-1", two = "01kb5w1k2z8nqz2j4w6q0r7t3v-2";

sdk::FindRequest request(const std::string& token) {
  sdk::FindRequest result;
  result.token = token;
  return result;
}
std::vector<sdk::FindRequest> both() { return {request(one), request(two)}; }

host::ShellOutput parts(std::initializer_list<std::pair<std::string, Recording>> recordings,
                        Dialect dialect = Dialect::openpbs) {
  host::ShellOutput output;
  for (const auto& [label, recording] : recordings)
    output.out += framed(recording, dialect, label).out;
  return output;
}

TEST(Find, EachByItsName) {
  const auto requests = both();
  const auto answer =
      read_find(parts({{one, {"", "7.vm\n", "", 0}}, {two, {"", "", "", 0}}}), requests);
  EXPECT_TRUE(answer.healthy);
  ASSERT_EQ(answer.rows.size(), 1u);
  EXPECT_EQ(answer.rows[0].id, "7.vm");
  EXPECT_EQ(answer.rows[0].token, one);
}

TEST(Find, AbsenceNeedsAHealthyAnswerForEach) {
  const auto requests = both();
  const Recording down{"", "", "Connection refused\nqselect: cannot connect to server vm", 162};
  for (const auto& output :
       {parts({{one, {"", "", "", 0}}, {two, down}}), parts({{one, {"", "", "", 0}}}),
        parts({{one, {"", "", "", 0}}, {two, {"", "", "", 124}}}),
        parts({{one, {"", "", "", 0}}, {two, {"", "Welcome\n", "", 0}}}),
        parts({{one, {"", "", "", 0}}, {two, {"", "", "qselect: hm", 0}}}), host::ShellOutput{}}) {
    const auto answer = read_find(output, requests);
    EXPECT_FALSE(answer.healthy);
    EXPECT_FALSE(answer.problem.empty());
    EXPECT_TRUE(answer.rows.empty());
  }
}

TEST(Find, WithoutAHistoryTheQueueDecides) {
  const std::vector<sdk::FindRequest> requests = {request(one)};
  const Recording off{"", "", "qselect: PBS is not configured to maintain job history", 0};
  EXPECT_FALSE(read_find(parts({{one, off}}), requests).healthy);
  const auto answer = read_find(parts({{one, off}, {one, {"", "", "", 0}}}), requests);
  EXPECT_TRUE(answer.healthy);
}

TEST(Find, SlurmsWrapperListsAll) {
  const auto requests = both();
  const std::string blocks = "Job Id:\t1\n\tJob_Name = other\n\tjob_state = R\n\nJob Id:\t2\n\tJob_Name = " +
                             job_name("x", two) + "\n\tjob_state = Q\n\n";
  auto answer = read_find(parts({{"all", {"", blocks, "", 0}}}, Dialect::slurm), requests);
  EXPECT_TRUE(answer.healthy);
  ASSERT_EQ(answer.rows.size(), 1u);
  EXPECT_EQ(answer.rows[0].id, "2");
  EXPECT_EQ(answer.rows[0].token, two);
  // Nothing at all is there; down; cut.
  EXPECT_TRUE(read_find(parts({{"all", {"", "", "", 153}}}, Dialect::slurm), requests).healthy);
  EXPECT_FALSE(read_find(parts({{"all", {"", "", "Problem loading jobs.", 8}}}, Dialect::slurm),
                         requests)
                   .healthy);
  for (std::size_t size = 1; size < blocks.size(); ++size) {
    answer = read_find(parts({{"all", {"", blocks.substr(0, size), "", 0}}}, Dialect::slurm),
                       requests);
    if (!blocks.substr(0, size).ends_with("\n\n")) {
      EXPECT_FALSE(answer.healthy) << size;
    }
  }
}

}  // namespace
}  // namespace ketrew::pbs::test
