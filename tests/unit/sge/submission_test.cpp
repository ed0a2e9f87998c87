#include <gtest/gtest.h>

#include "backends/sge/names.hpp"
#include "backends/sge/scheduler.hpp"
#include "core/base/text.hpp"

namespace ketrew::sge {
namespace {

const std::string a_token = "01kb5w1k2z8nqz2j4w6q0r7t3v-1";

std::string words(const Json& options, const Json& site = Json::object()) {
  const auto settings = site_settings(site);
  if (!settings) return "error: " + settings.error().text();
  const auto result = wanted(options, *settings);
  return result ? join(result->words, " ") : "error: " + result.error().text();
}

TEST(SgeOptions, EachBecomesItsWord) {
  EXPECT_EQ(words(Json::object()), "");
  EXPECT_EQ(words({{"queue", "all.q"}, {"account", "me"}, {"project", "p"}}), "-q all.q -A me -P p");
  EXPECT_EQ(words({{"cpus", 1}}), "");
  EXPECT_EQ(words({{"cpus", 4}}), "-pe smp 4");
  EXPECT_EQ(words({{"cpus", 4}}, {{"parallel_environment", "shm"}}), "-pe shm 4");
  EXPECT_EQ(words({{"cpus", 4}, {"parallel_environment", "one"}}, {{"parallel_environment", "shm"}}),
            "-pe one 4");
  EXPECT_EQ(words({{"memory", 1000}, {"cpus", 3}}), "-pe smp 3 -l h_vmem=334");
  EXPECT_EQ(words({{"memory", "1G"}, {"memory_resource", "mem_free"}}), "-l mem_free=1073741824");
  EXPECT_EQ(words({{"wall_time", "1500ms"}}), "-l h_rt=2");
  EXPECT_EQ(words({{"gpus", 2}}, {{"gpu_resource", "ngpus"}}), "-l ngpus=2");
  EXPECT_EQ(words({{"rerun", false}, {"priority", -5}}), "-r n -p -5");
  EXPECT_EQ(words({{"raw_options", {"-q", "other"}}, {"queue", "all.q"}}), "-q other -q all.q");
}

TEST(SgeOptions, WrongOnesAreNamed) {
  EXPECT_NE(words({{"shell", "bash"}}).find("shell"), std::string::npos);
  EXPECT_NE(words({{"memory_resource", "a b"}, {"memory", 1}}).find("memory_resource"), std::string::npos);
  EXPECT_NE(words(Json::object(), {{"gpu_resource", "a=b"}}).find("gpu_resource"), std::string::npos);
  EXPECT_NE(words(Json::object(), {{"nonsense", "1"}}).find("nonsense"), std::string::npos);
}

TEST(SgeNames, CarryTheTokenAndTheUsersName) {
  EXPECT_EQ(sge_name(a_token, Json::object()), "ketrew." + a_token);
  EXPECT_EQ(sge_name(a_token, {{"job_name", "align a/b:c"}}), "align_a_b_c." + a_token);
  EXPECT_EQ(sge_name(a_token, {{"job_name", "1abc"}}), "j1abc." + a_token);
  EXPECT_LT(sge_name(a_token, {{"job_name", std::string(1000, 'n')}}).size(), 512U);
  EXPECT_TRUE(is_name_of("a.b." + a_token, a_token));
  EXPECT_FALSE(is_name_of("a" + a_token, a_token));
}

TEST(SgeSubmission, TheScriptTakesNoOrdersFromExitCodes) {
  sdk::StartRequest request;
  request.token = a_token;
  const auto submission = GridEngine().submission(request, host::Playground{"/scratch/" + a_token});
  ASSERT_TRUE(submission);
  EXPECT_NE(submission->directives.find("99|100"), std::string::npos);
  EXPECT_NE(submission->command.find(" -C '' "), std::string::npos);
}

TEST(SgeSubmission, LimitsPass) {
  const auto read = [](int code, const std::string& out, const std::string& err) -> std::string {
    const auto answer = read_submission({code, out, err});
    if (const auto* yes = std::get_if<sdk::batch::Submitted>(&answer)) return yes->id;
    if (const auto* no = std::get_if<sdk::Refused>(&answer)) return no->for_ever ? "ever" : "now";
    return "doubt";
  };
  EXPECT_EQ(read(0, "welcome\n12\n", ""), "12");
  EXPECT_EQ(read(0, "12\n13\n", ""), "doubt");
  EXPECT_EQ(read(1, "", "Unable to run job: job rejected: only 2 jobs are allowed per user (current job "
                        "count: 2)\nExiting.\n"),
            "now");
  EXPECT_EQ(read(1, "", "Unable to run job: got read error\n"), "doubt");
  EXPECT_EQ(read(124, "", ""), "doubt");
  EXPECT_EQ(read(127, "", "sh: 1: qsub: not found\n"), "now");
}

}  // namespace
}  // namespace ketrew::sge
