// How a job becomes an application: its options, its name, the words for the client, and what the
// container says about itself.
#include <gtest/gtest.h>

#include "backends/yarn/client.hpp"
#include "backends/yarn/scheduler.hpp"
#include "core/host/command.hpp"
#include "core/base/text.hpp"

namespace ketrew::yarn {
namespace {

using namespace sdk::batch;

const std::string token = "01kb5w1k2z8nqz2j4w6q0r7t3a-1";

Yarn yarn_of(const Json& options = Json::object()) {
  Yarn yarn;
  SiteOptions site;
  site.own = options;
  EXPECT_TRUE(yarn.initialize(site));
  return yarn;
}

Result<Submission> submit(const Json& options) {
  sdk::StartRequest request;
  request.token = token;
  request.options = options;
  request.job.name = "my job";
  return yarn_of().submission(request, host::playground_of(HostUri{}, token));
}

std::string shell(const std::string& text) {
  const auto ran = host::run_command({"/bin/sh", "-c", text}, "");
  return ran ? ran->out : "(not run)";
}

TEST(YarnSubmission, OptionsBecomeWordsOfTheClient) {
  const auto submission = submit({{"queue", "long"},
                                  {"container_memory", "2GB"},
                                  {"container_vcores", 3},
                                  {"timeout", "90s"},
                                  {"application_name", "my job: (1)"},
                                  {"raw_options", {"-priority", "5"}}});
  ASSERT_TRUE(submission) << submission.error().text();
  for (const std::string words :
       {"-container_memory 2048", "-container_vcores 3", "-timeout 90000", "-queue long",
        "-priority 5", "-num_containers 1", "ketrew_seconds=90"})
    EXPECT_NE(submission->command.find(words), std::string::npos) << words;
  EXPECT_NE(submission->command.find("-appname my_job___1_-" + token), std::string::npos);
  EXPECT_EQ(submission->records, "");
}

TEST(YarnSubmission, PortableOptionsDoTheSameAndYarnsOwnGoFirst) {
  const auto submission = submit({{"memory", "1GiB"}, {"cpus", 2}, {"wall_time", "1h"},
                                  {"job_name", "align"}, {"container_vcores", 4}});
  ASSERT_TRUE(submission) << submission.error().text();
  for (const std::string words : {"-container_memory 1024", "-container_vcores 4",
                                  "-timeout 3600000", "-appname align-01kb"})
    EXPECT_NE(submission->command.find(words), std::string::npos) << words;
}

TEST(YarnSubmission, ItIsNamedAsTheJobUnlessAnOptionSaysOtherwise) {
  EXPECT_NE(submit(Json::object())->command.find("-appname my_job-" + token), std::string::npos);
}

TEST(YarnSubmission, WrongOptionsAreNamed) {
  for (const auto& [options, name] : std::vector<std::pair<Json, std::string>>{
           {{{"container_memory", "much"}}, "container_memory"},
           {{{"container_memory", 0}}, "container_memory"},
           {{{"container_vcores", 0}}, "container_vcores"},
           {{{"timeout", "soon"}}, "timeout"},
           {{{"mode", "mapreduce"}}, "mode"}}) {
    const auto submission = submit(options);
    ASSERT_FALSE(submission) << name;
    EXPECT_NE(submission.error().text().find(name), std::string::npos);
  }
}

TEST(YarnSubmission, RecordsAreKeptWhereTheModeLetsThem) {
  EXPECT_EQ(submit({{"mode", "application"}})->records, "client");
  EXPECT_EQ(submit({{"mode", "distributed-shell-apart"}})->records, std::nullopt);
}

TEST(YarnSubmission, NamesAreCleaned) {
  EXPECT_EQ(clean_name("a b/c"), "a_b_c");
  EXPECT_EQ(clean_name("--x"), "x");
  EXPECT_EQ(clean_name(""), "ketrew");
  EXPECT_EQ(clean_name("\xc3\xa9"), "__");
  EXPECT_EQ(clean_name(std::string(500, 'x')).size(), 60u);
}

TEST(YarnSubmission, AContainerNamesItsApplicationAndCountsTheRestarts) {
  const auto submission = submit(Json::object());
  ASSERT_TRUE(submission);
  const auto of = [&](const std::string& container) {
    return shell("CONTAINER_ID=" + container + "; echo " + submission->own_id + " " +
                 submission->restart_count);
  };
  EXPECT_EQ(of("container_1795614155575_0001_01_000002"), "application_1795614155575_0001 0\n");
  EXPECT_EQ(of("container_e01_1795614155575_0001_02_000002"), "application_1795614155575_0001 1\n");
  EXPECT_EQ(of("container_e17_1795614155575_12345_10_000007"), "application_1795614155575_12345 9\n");
  EXPECT_EQ(shell("unset CONTAINER_ID; echo " + submission->own_id + " " +
                  submission->restart_count),
            "0\n");
}

TEST(YarnSubmission, ARefusalIsProvenByWhatTheClientSaidBeforeItSubmits) {
  const std::string begin = "INFO distributedshell.Client: Initializing Client\n";
  const std::string error = "java.io.IOException: no room\n";
  EXPECT_FALSE(read_refusal(error));  // a site without such lines: it may have submitted
  ASSERT_TRUE(read_refusal(begin + error));
  EXPECT_FALSE(read_refusal(begin + error)->for_ever);
  EXPECT_FALSE(read_refusal(begin + "INFO Client: Submitting application to ASM\n" + error));
  EXPECT_TRUE(read_refusal(begin + "X.UnrecognizedOptionException: Unrecognized option: -x\n")->for_ever);
  const auto usage = read_refusal(begin + "For input string: \"9\"\nusage: Client\n -jar ...\n");
  ASSERT_TRUE(usage && usage->for_ever);
  EXPECT_EQ(usage->why, "For input string: \"9\"");
}

TEST(YarnSubmission, WhatTheLaunchPrints) {
  const Yarn yarn = yarn_of();
  const auto read = [&](const std::string& line, const std::string& said = "") {
    return yarn.read_submission({0, "ketrew-client " + token + " " + line + "\n" + said, ""});
  };
  const auto named = read("distributed-shell named application_1_0001");
  ASSERT_TRUE(std::holds_alternative<Submitted>(named));
  EXPECT_EQ(std::get<Submitted>(named).id, "application_1_0001");
  EXPECT_TRUE(std::holds_alternative<sdk::InDoubt>(read("distributed-shell running")));
  EXPECT_TRUE(std::holds_alternative<sdk::InDoubt>(
      read("distributed-shell ended exit code=1 end", "what?\n")));
  EXPECT_TRUE(std::holds_alternative<sdk::Refused>(
      read("distributed-shell ended exit code=127 end", "sh: 1: hadoop: not found\n")));
  // The client of an application is the program: it has begun, and is not begun again.
  EXPECT_TRUE(std::holds_alternative<Submitted>(read("application running")));
  EXPECT_TRUE(std::holds_alternative<Submitted>(read("application ended exit code=1 end")));
  EXPECT_TRUE(std::holds_alternative<sdk::InDoubt>(yarn.read_submission({0, "", ""})));
  EXPECT_TRUE(std::holds_alternative<sdk::InDoubt>(
      read("distributed-shell named application_1")));  // cut
}

TEST(YarnSite, WrongOptionsAreNamed) {
  for (const Json& own : {Json{{"resource_manager", "rm:8088"}}, Json{{"resource_manager", 5}},
                          Json{{"hadoop_bin", ""}}, Json{{"nosuch", "x"}}}) {
    SiteOptions site;
    site.own = own;
    const auto done = Yarn().initialize(site);
    ASSERT_FALSE(done) << own;
    EXPECT_NE(done.error().text().find(own.begin().key()), std::string::npos);
  }
}

}  // namespace
}  // namespace ketrew::yarn
