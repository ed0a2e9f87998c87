#include <gtest/gtest.h>

#include "backends/lsf/names.hpp"
#include "backends/lsf/scheduler.hpp"
#include "core/base/text.hpp"

namespace ketrew::lsf {
namespace {

const std::string a_token = "01kb5w1k2z8nqz2j4w6q0r7t3v-1";

std::string words(const Json& options, const Json& site = Json::object()) {
  const auto settings = site_settings(site);
  if (!settings) return "error: " + settings.error().text();
  const auto result = option_words(options, *settings);
  return result ? join(*result, " ") : "error: " + result.error().text();
}

TEST(LsfOptions, EachBecomesItsWord) {
  EXPECT_EQ(words(Json::object()), "");
  EXPECT_EQ(words({{"queue", "normal"}}), "-q normal");
  EXPECT_EQ(words({{"account", "proj"}}), "-P proj");
  EXPECT_EQ(words({{"project", "proj"}}), "-P proj");
  EXPECT_EQ(words({{"cpus", 4}}), "-n 4 -R span[hosts=1]");
  EXPECT_EQ(words({{"processors", 4}}), "-n 4 -R span[hosts=1]");
  EXPECT_EQ(words({{"processors", "2,8"}}), "-n 2,8 -R span[hosts=1]");
  EXPECT_EQ(words({{"wall_time", "90s"}}), "-W 2");
  EXPECT_EQ(words({{"wall_time", 1}}), "-W 1");
  EXPECT_EQ(words({{"gpus", 2}}), "-gpu num=2");
  EXPECT_EQ(words({{"gpus", 0}}), "");
  EXPECT_EQ(words({{"resources", "select[mem>100]"}, {"cpus", 2}}),
            "-n 2 -R select[mem>100] span[hosts=1]");
  EXPECT_EQ(words({{"raw_options", {"-x", "-q", "other"}}, {"queue", "normal"}}),
            "-x -q other -q normal");
}

TEST(LsfOptions, MemoryIsInTheUnitOfTheSite) {
  const Json memory{{"memory", "4G"}};
  EXPECT_EQ(words(memory), "-M 4194304 -R rusage[mem=4096]");
  EXPECT_EQ(words(memory, {{"unit_for_limits", "MB"}}), "-M 4096 -R rusage[mem=4096]");
  EXPECT_EQ(words(memory, {{"unit_for_limits", "GB"}}), "-M 4 -R rusage[mem=4]");
  EXPECT_EQ(words(memory, {{"unit_for_limits", "suffix"}}), "-M 4096MB -R rusage[mem=4096MB]");
  EXPECT_EQ(words({{"memory", 1}}), "-M 1 -R rusage[mem=1]");
  EXPECT_EQ(words({{"memory", "4G"}, {"cpus", 4}}, {{"reserve_per_slot", true}}),
            "-n 4 -M 4194304 -R span[hosts=1] rusage[mem=1024]");
}

TEST(LsfOptions, WrongOnesAreNamed) {
  EXPECT_NE(words({{"processors", "8,2"}}).find("processors"), std::string::npos);
  EXPECT_NE(words({{"processors", "2,"}}).find("processors"), std::string::npos);
  EXPECT_NE(words({{"processors", "0"}}).find("processors"), std::string::npos);
  EXPECT_NE(words({{"processors", 2}, {"cpus", 2}}).find("cpus"), std::string::npos);
  EXPECT_NE(words({{"project", "a"}, {"account", "b"}}).find("account"), std::string::npos);
  EXPECT_NE(words({{"project", "a>, Status <DONE"}}).find("project"), std::string::npos);
  EXPECT_NE(words({{"queue", "-x"}}).find("queue"), std::string::npos);
  EXPECT_NE(words(Json::object(), {{"unit_for_limits", "kb"}}).find("unit_for_limits"),
            std::string::npos);
  EXPECT_NE(words(Json::object(), {{"nonsense", 1}}).find("nonsense"), std::string::npos);
}

TEST(LsfNames, CarryTheTokenAndTheUsersName) {
  EXPECT_EQ(lsf_name(a_token, std::nullopt), a_token);
  EXPECT_EQ(lsf_name(a_token, "align [1-3]"), a_token + ".align__1-3_");
  EXPECT_LT(lsf_name(a_token, std::string(500, 'n')).size(), 60U);
  EXPECT_TRUE(is_name_of(a_token + ".align", a_token));
  EXPECT_TRUE(is_name_of(a_token, a_token));
  EXPECT_FALSE(is_name_of(a_token + "1", a_token));
  EXPECT_FALSE(is_name_of("align", a_token));
  EXPECT_FALSE(is_name_of("align", ""));
}

TEST(LsfSubmission, QuotesWhatGoesThroughTwoShells) {
  sdk::StartRequest request;
  request.token = a_token;
  request.options = {{"job_name", "a b"}, {"raw_options", {"-x", "it's"}}};
  const auto submission = Lsf().submission(request, host::Playground{"/scratch/it's here/" + a_token});
  ASSERT_TRUE(submission);
  EXPECT_NE(submission->command.find("bsub -x 'it'\\''s' -J " + a_token + ".a_b -o "), std::string::npos)
      << submission->command;
  EXPECT_EQ(submission->own_id, "${LSB_JOBID-}");
}

TEST(LsfSubmission, AnswersAreStrict) {
  const auto read = [](int code, const std::string& out, const std::string& err) -> std::string {
    const auto answer = read_submission({code, out, err});
    if (const auto* yes = std::get_if<sdk::batch::Submitted>(&answer)) return yes->id + yes->own.dump();
    if (const auto* no = std::get_if<sdk::Refused>(&answer)) return no->for_ever ? "ever" : "now";
    return "doubt";
  };
  EXPECT_EQ(read(0, "Welcome to node 7\nJob <102> is submitted to queue <normal>.\n", ""), "102{}");
  EXPECT_EQ(read(0, "Job <102> is submitted to default queue <normal>.\nketrew-format columns\n", ""),
            R"(102{"format":"columns"})");
  EXPECT_EQ(read(0, "", ""), "doubt");
  EXPECT_EQ(read(0, "Job <102> is submitted to queue <a>.\nJob <103> is submitted to queue <a>.\n", ""),
            "doubt");
  EXPECT_EQ(read(0, "Job <0102> is submitted to queue <a>.\n", ""), "doubt");
  EXPECT_EQ(read(0, "Job <1x2> is submitted to queue <a>.\n", ""), "doubt");
  EXPECT_EQ(read(255, "", "normal: Queue has been closed. Job not submitted.\n"), "now");
  EXPECT_EQ(read(255, "", "The destination queue has reached its job limit. Job not submitted.\n"), "now");
  EXPECT_EQ(read(255, "", "User cannot use the queue. Job not submitted.\n"), "ever");
  EXPECT_EQ(read(255, "", "Failed in an LSF library call: Communication time out. Job not submitted.\n"),
            "doubt");
  EXPECT_EQ(read(255, "", "Batch protocol error. Job not submitted.\n"), "doubt");
  EXPECT_EQ(read(124, "", ""), "doubt");
  EXPECT_EQ(read(127, "", "sh: 1: bsub: not found\n"), "now");
}

}  // namespace
}  // namespace ketrew::lsf
