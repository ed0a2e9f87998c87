// What the recordings do not have: states that are hard to bring about, ResourceManagers that are not
// what they were taken for.
#include <gtest/gtest.h>

#include "backends/yarn/command.hpp"
#include "backends/yarn/diagnostics.hpp"
#include "backends/yarn/job_mode.hpp"
#include "backends/yarn/scheduler.hpp"

namespace ketrew::yarn {
namespace {

using namespace sdk::batch;
using observed::CannotTell;
using observed::Ended;
using observed::Running;
using observed::Waiting;

const std::string id = "application_1795614155575_0001";

Application application(const std::string& state, const std::string& final_status = "UNDEFINED",
                        const std::string& diagnostics = "") {
  Application app;
  app.id = id;
  app.state = state;
  app.final_status = final_status;
  app.diagnostics = diagnostics;
  app.attempt_told = true;
  app.attempt = 1;
  return app;
}
Ended ended(const Application& app, Mode mode = Mode::application) {
  const Row row = to_row(app, mode, {});
  const auto* end = std::get_if<Ended>(&row.observation);
  EXPECT_TRUE(end);
  return end ? *end : Ended{};
}

Yarn with_rest(const Json& more = Json::object()) {
  Yarn yarn;
  SiteOptions site;
  site.own = {{"resource_manager", {"http://rm1:8088", "http://rm2:8088"}}};
  site.own.update(more);
  EXPECT_TRUE(yarn.initialize(site));
  return yarn;
}
std::vector<AskedJob> one_job(Mode mode = Mode::application) {
  AskedJob job;
  job.token = "a-1";
  job.state.id = id;
  job.state.own = to_own(mode);
  return {job};
}
std::string answer(const std::string& info, const std::string& path, const std::string& body,
                   int code = 200) {
  return "\nketrew-rest-begin\n" + info + "\nketrew-rest 200 http://rm/ws/v1/cluster/info\n" + body +
         "\nketrew-rest " + std::to_string(code) + " http://rm/ws/v1/cluster/" + path + "\n";
}
const std::string active = R"({"clusterInfo":{"haState":"ACTIVE"}})";
const std::string not_found =
    R"({"RemoteException":{"exception":"NotFoundException","message":"app with id"}})";

TEST(YarnStates, EachIsTold) {
  for (const auto& state : native_states) {
    const Row row = to_row(application(std::string(state.word), "SUCCEEDED"), Mode::application, {});
    const bool live = state.meaning == Meaning::waiting || state.meaning == Meaning::running;
    EXPECT_EQ(std::holds_alternative<Ended>(row.observation), !live) << state.word;
    EXPECT_FALSE(std::holds_alternative<CannotTell>(row.observation)) << state.word;
  }
  EXPECT_EQ(live_states(), "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING");
  for (const auto& final : native_finals)
    EXPECT_EQ(ended(application("FINISHED", std::string(final.word))).exit_code == 0,
              final.meaning == Final::succeeded);
}

TEST(YarnStates, AnUnknownWordTellsNothing) {
  for (const auto& app : {application("DANCING"), application("FINISHED", "DANCED"),
                          application("FINISHED", "")})
    EXPECT_TRUE(std::holds_alternative<CannotTell>(to_row(app, Mode::application, {}).observation));
}

TEST(YarnStates, ClassesOfFailure) {
  const std::string memory = "[x]Container [pid=1] is running 1B beyond the 'PHYSICAL' memory limit.";
  EXPECT_EQ(ended(application("FINISHED", "FAILED", memory)).failure, FailureClass::out_of_memory);
  EXPECT_EQ(ended(application("FINISHED", "FAILED", "x\nExit code: 3\n"), Mode::shell).exit_code, 3);
  EXPECT_EQ(ended(application("KILLED", "KILLED", "was killed by user me")).failure,
            FailureClass::cancelled_outside);
  EXPECT_EQ(ended(application("KILLED", "KILLED", "as it has exceeded the lifetime period.")).failure,
            FailureClass::wall_time);
  EXPECT_EQ(ended(application("FAILED", "FAILED", "AM exited with  exitCode: -100\n")).failure,
            FailureClass::node);
  EXPECT_EQ(ended(application("FAILED", "FAILED", "AM exited with  exitCode: -102\n")).failure,
            FailureClass::preempted);
  auto rejected = application("FAILED", "FAILED", "submitted by user me to unknown queue: x");
  rejected.attempt = 0;
  EXPECT_EQ(ended(rejected).failure, FailureClass::refused);
  EXPECT_TRUE(to_row(rejected, Mode::shell, {}).never_ran);
}

TEST(YarnStates, WhatTheProgramWroteDecidesNoClass) {
  const std::string liar = "[x]Exception from container-launch.\nExit code: 3\n\nLast 4096 bytes of "
                           "stderr :\nexitCode: -104 beyond the 'PHYSICAL' memory limit\n";
  EXPECT_FALSE(failure_of(liar));
  EXPECT_EQ(container_exit_code(liar), 3);
  EXPECT_FALSE(container_exit_code("x\nLast 4096 bytes of stderr :\nExit code: 0\n"));
  EXPECT_EQ(container_exit_code("Container killed on request. Exit code is 137\n"), 137);
}

TEST(YarnStates, OnlyWhereNoExitFileCanBeIsTheWordProof) {
  const auto well = application("FINISHED", "SUCCEEDED");
  EXPECT_TRUE(to_row(well, Mode::application, {}).is_proof);
  EXPECT_TRUE(to_row(well, Mode::shell_apart, {}).is_proof);
  EXPECT_FALSE(to_row(well, Mode::shell, {}).is_proof);
}

TEST(YarnStates, AMasterThatWaitsForItsContainerIsWaiting) {
  auto app = application("RUNNING");
  app.containers = 1;
  app.wanted = "1 container of 4032 MiB and 1 vcores";
  EXPECT_NE(std::get<Waiting>(to_row(app, Mode::shell, {}).observation).reason.find("4032 MiB"),
            std::string::npos);
  EXPECT_TRUE(std::holds_alternative<Running>(to_row(app, Mode::application, {}).observation));
}

TEST(YarnRest, AResourceManagerThatIsNotActiveKnowsNothing) {
  const Yarn yarn = with_rest();
  const auto jobs = one_job();
  const std::string list = R"({"apps":{}})";
  EXPECT_TRUE(yarn.read_queue({0, answer(active, "apps?states=NEW", list), ""}, jobs).healthy);
  EXPECT_TRUE(yarn.read_history({0, answer(active, "apps/" + id, not_found, 404), ""}, jobs).healthy);
  // It has just been started, and still reads its own state.
  for (const std::string info :
       {R"({"clusterInfo":{"haState":"INITIALIZING"}})", R"({"clusterInfo":{"haState":"STANDBY"}})",
        R"({"clusterInfo":{}})", "", "<html>Please log in</html>"}) {
    EXPECT_FALSE(yarn.read_queue({0, answer(info, "apps?states=NEW", list), ""}, jobs).healthy);
    EXPECT_FALSE(
        yarn.read_history({0, answer(info, "apps/" + id, not_found, 404), ""}, jobs).healthy);
  }
}

TEST(YarnRest, AbsenceIsWhatItSaysInItsOwnWords) {
  const Yarn yarn = with_rest();
  const auto jobs = one_job();
  for (const auto& [body, code] : std::vector<std::pair<std::string, int>>{
           {"<html>404 Not Found</html>", 404}, {not_found, 500}, {"", 0}, {"{}", 200}}) {
    const auto read = yarn.read_history({0, answer(active, "apps/" + id, body, code), ""}, jobs);
    EXPECT_FALSE(read.healthy) << body;
    EXPECT_TRUE(read.rows.empty());
  }
}

TEST(YarnRest, AnApplicationThatTheListLeftOutHasNotEndedIfItIsSaidToRun) {
  const Yarn yarn = with_rest({{"user", "somebody-else"}});
  const auto read = yarn.read_history(
      {0, answer(active, "apps/" + id, R"({"app":{"id":")" + id + R"(","state":"RUNNING"}})"), ""},
      one_job(Mode::shell));
  ASSERT_EQ(read.rows.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Running>(read.rows[0].observation));
  EXPECT_TRUE(read.rows[0].is_proof);
}

TEST(YarnRest, OneListForManyJobsAndOneQuestionForThoseThatLeftIt) {
  const Yarn yarn = with_rest();
  std::vector<AskedJob> jobs(10'000, one_job().front());
  EXPECT_LT(yarn.queue_command(jobs).size(), 4000u);
  const std::string history = *yarn.history_command(jobs);
  EXPECT_EQ(history.find("\nketrew_rest apps/"), history.rfind("\nketrew_rest apps/"));
}

TEST(YarnCommand, AListThatIsNotWholeIsNone) {
  const std::string titles = " Application-Id\tApplication-Name\n";
  const std::string head = "Total number of applications (application-types: []):1\n" + titles;
  EXPECT_TRUE(read_list("Total number of applications (x: []):0\n" + titles));
  EXPECT_FALSE(read_list("Total number of applications (x: []):0\n"));
  EXPECT_FALSE(read_list("Total number of applications (x:"));
  EXPECT_FALSE(read_status("' doesn't exist in RM"));
  EXPECT_FALSE(read_list(head));
  EXPECT_FALSE(read_list(""));
  EXPECT_FALSE(read_list(id + "\tname\tYARN\tme\tdefault\tRUNNING\tUNDEFINED\t0%\tN/A\n"));
  EXPECT_TRUE(read_list(head + id + "\tname\tYARN\tme\tdefault\tRUNNING\tUNDEFINED\t0%\tN/A\n"));
}

}  // namespace
}  // namespace ketrew::yarn
