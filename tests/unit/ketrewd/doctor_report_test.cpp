#include "app/ketrewd/doctor_report.hpp"

#include <gtest/gtest.h>

namespace ketrew::daemon::doctor {
namespace {

const JobId known_job = *JobId::parse("01kb5w1k2z8nqz2j4w6q0r7t3v");
const JobId other_job = *JobId::parse("01kb5w1k2z8nqz2j4w6q0r7t3w");
const std::string known_token = attempt_token(known_job, 1), other_token = attempt_token(other_job, 1);

Seen one_host() {
  Seen seen;
  seen.home_playground = "/home/playground";
  auto& host = seen.hosts["/home/playground"];
  host.held["slurm"] = {};
  seen.known = {{known_job, Known::here}, {other_job, Known::nowhere}};
  return seen;
}
HostSeen& host_of(Seen& seen) { return seen.hosts.begin()->second; }

std::vector<std::string> told(const Report& report) {
  std::vector<std::string> all;
  for (const auto& each : report.findings)
    all.push_back(std::string(to_string(each.kind)) + " " + each.token + (each.ours ? "" : " another's"));
  return all;
}
using Told = std::vector<std::string>;

TEST(DoctorReport, AJobThatRunsAndIsThereIsWell) {
  Seen seen = one_host();
  seen.running = {{known_token, "slurm", "/home/playground"}};
  host_of(seen).held["slurm"].tokens = {known_token};
  host_of(seen).playgrounds = {{known_token, Stand::open, false}};
  EXPECT_EQ(told(judge(seen)), Told{});
}

TEST(DoctorReport, AGhostIsNotThereAndLeftNoEnd) {
  Seen seen = one_host();
  seen.running = {{known_token, "slurm", "/home/playground"}};
  EXPECT_EQ(told(judge(seen)), Told{"ghost " + known_token});
  host_of(seen).playgrounds = {{known_token, Stand::over, false}};
  EXPECT_EQ(told(judge(seen)), Told{});  // its end is about to be seen
}

TEST(DoctorReport, NothingIsAGhostWhereItsBackendCannotTell) {
  Seen seen = one_host();
  seen.running = {{known_token, "slurm", "/home/playground"}, {other_token, "lsf", "/home/playground"}};
  host_of(seen).held["slurm"].problem = "slurmctld is away";
  const Report report = judge(seen);
  EXPECT_EQ(told(report), Told{});
  EXPECT_EQ(report.unchecked.size(), 1u);
}

TEST(DoctorReport, StraysAreOursWhereTheirPlaygroundIs) {
  Seen seen = one_host();
  host_of(seen).held["slurm"].tokens = {other_token};
  EXPECT_EQ(told(judge(seen)), Told{"stray " + other_token + " another's"});  // one queue for all homes
  host_of(seen).playgrounds = {{other_token, Stand::open, false}};
  EXPECT_EQ(told(judge(seen)), Told{"stray " + other_token});
  seen.known[other_job] = Known::archived;
  host_of(seen).playgrounds.clear();
  EXPECT_EQ(told(judge(seen)), Told{"stray " + other_token});
}

TEST(DoctorReport, LeftoversAreOnlyWhatSurelyDoesNotRun) {
  Seen seen = one_host();
  host_of(seen).playgrounds = {{other_token, Stand::open, false}};
  EXPECT_EQ(told(judge(seen)), Told{"leftover " + other_token});
  host_of(seen).held["slurm"].problem = "slurmctld is away";
  EXPECT_EQ(told(judge(seen)), Told{});
  host_of(seen).held.clear();
  EXPECT_EQ(told(judge(seen)), Told{});
  EXPECT_EQ(judge(seen).unchecked.size(), 1u);
  host_of(seen).playgrounds = {{other_token, Stand::over, false}};
  EXPECT_EQ(told(judge(seen)), Told{"leftover " + other_token});
}

TEST(DoctorReport, InAFolderThatOthersUseTheyMayBeTheirs) {
  Seen seen = one_host();
  auto& far = seen.hosts["ssh://me@login1/scratch"];
  far.held["slurm"] = {};
  far.playgrounds = {{other_token, Stand::over, false}};
  EXPECT_EQ(told(judge(seen)), Told{"leftover " + other_token + " another's"});
  seen.known[other_job] = Known::archived;
  EXPECT_EQ(told(judge(seen)), Told{"leftover " + other_token});
}

TEST(DoctorReport, UnfinishedFilesOnlyOfJobsThatAreOver) {
  Seen seen = one_host();
  host_of(seen).playgrounds = {{known_token, Stand::over, true}};
  EXPECT_EQ(told(judge(seen)), Told{"unfinished " + known_token});
  seen.unfinished = {known_job};
  EXPECT_EQ(told(judge(seen)), Told{});
}

}  // namespace
}  // namespace ketrew::daemon::doctor
