#include <gtest/gtest.h>

#include "backends/sdk/batch/submit_text.hpp"
#include "core/host/host.hpp"
#include "tests/unit/batch/toy.hpp"

namespace ketrew::sdk::batch {
namespace {

using Started = ToyBackend::Started;
using Found = ToyBackend::Found;

std::string id_of(const ToyBackend::StartResult& result) {
  const auto* started = std::get_if<Started>(&result);
  return started ? started->state.id : "";
}
std::string id_of(const ToyBackend::FindResult& result) {
  const auto* found = std::get_if<Found>(&result);
  return found ? found->state.id : "";
}
std::string why(const ToyBackend::StartResult& result) {
  if (const auto* refused = std::get_if<Refused>(&result)) return refused->why;
  if (const auto* doubt = std::get_if<InDoubt>(&result)) return doubt->why;
  return "";
}

TEST(BatchStart, ManyAreSubmittedEachOnceFromItsOwnFolder) {
  ToySite site;
  site.script("toy-sub", "pwd >where; echo id 7$1");
  const auto results = site.start({"a-1", "b-1", "c-1"});
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(id_of(results[0]), "7a-1");
  EXPECT_EQ(id_of(results[2]), "7c-1");
  const std::string place = site.host.playground + "/b-1";
  EXPECT_EQ(std::get<Started>(results[1]).state.playground, place);
  EXPECT_EQ(site.read(place + "/where"), place + "\n");
  EXPECT_NE(site.read(place + "/script").find("KETREW_TOKEN=b-1"), std::string::npos);
  // Asked again, it answers what it knows and submits nothing.
  EXPECT_EQ(id_of(site.start({"a-1"})[0]), "7a-1");
  EXPECT_EQ(site.calls("toy-sub"), 3u);
}

TEST(BatchStart, ARefusalIsTriedAnewUnderTheSameToken) {
  ToySite site;
  site.script("toy-sub", "echo no room; exit 1");
  const auto first = site.start({"a-1"});
  ASSERT_TRUE(std::holds_alternative<Refused>(first[0]));
  EXPECT_FALSE(std::get<Refused>(first[0]).for_ever);
  site.script("toy-sub", "echo id 5");
  EXPECT_EQ(id_of(site.start({"a-1"})[0]), "5");
}

TEST(BatchStart, WhatIsNoPlainYesIsADoubtAndFindReadsTheAnswer) {
  ToySite site;
  site.script("toy-sub", "echo 'welcome to the site'; exit 1");
  site.script("toy-queue", "echo ok");
  EXPECT_NE(why(site.start({"a-1"})[0]).find("welcome"), std::string::npos);
  EXPECT_TRUE(std::holds_alternative<InDoubt>(site.start({"a-1"})[0]));  // still, without asking
  EXPECT_EQ(site.calls("toy-sub"), 1u);
  EXPECT_TRUE(std::holds_alternative<Absent>(site.find("a-1")));
  site.script("toy-sub", "echo id 6");
  EXPECT_EQ(id_of(site.start({"a-1"})[0]), "6");
  EXPECT_EQ(id_of(site.find("a-1")), "6");
}

TEST(BatchStart, ASubmissionThatHangsIsKilledAndNoneIsTriedBehindIt) {
  ToySite site(Json{{"submit_timeout", "1s"}});
  site.script("toy-sub", "case $1 in b-1) sleep 100 ;; esac; echo id 1");
  const auto results = site.start({"a-1", "b-1", "c-1"});
  EXPECT_EQ(id_of(results[0]), "1");
  EXPECT_TRUE(std::holds_alternative<InDoubt>(results[1])) << why(results[1]);
  ASSERT_TRUE(std::holds_alternative<Refused>(results[2]));
  EXPECT_FALSE(std::get<Refused>(results[2]).for_ever);
  EXPECT_EQ(site.calls("toy-sub"), 2u);
  // Nor are those that come just after it.
  EXPECT_TRUE(std::holds_alternative<Refused>(site.start({"d-1"})[0]));
}

TEST(BatchStart, WrongOptionsAndTokensAreRefusedForEverAndAloneSo) {
  ToySite site;
  site.script("toy-sub", "echo id 1");
  std::vector<StartRequest> requests = {site.request("a-1"), site.request("../b"),
                                        site.request("c-1")};
  requests[2].options["bad"] = 1;
  const auto results = site.backend.start_many(requests);
  EXPECT_EQ(id_of(results[0]), "1");
  EXPECT_TRUE(std::get<Refused>(results[1]).for_ever);
  EXPECT_TRUE(std::get<Refused>(results[2]).for_ever);
}

TEST(BatchStart, VariablesOfTheDaemonDoNotReachTheScheduler) {
  ToySite site(Json{{"environment", {{"TOY_SITE", "here"}}}});
  ::setenv("TOY_OTHER", "1", 1);
  ::setenv("TOY_KEPT", "2", 1);
  site.script("toy-sub", "echo id ${TOY_OTHER-none}$TOY_KEPT$TOY_SITE");
  EXPECT_EQ(id_of(site.start({"a-1"})[0]), "none2here");
  ::unsetenv("TOY_OTHER");
  ::unsetenv("TOY_KEPT");
}

TEST(BatchStart, AScriptKeepsItsRecordsWhereTheFlavourSaysOrNone) {
  ToySite site;
  site.script("toy-sub", "cd $TOY && mkdir -p ${2%/*}/client && $2 >/dev/null; echo id 1");
  std::vector<StartRequest> requests = {site.request("a-1"), site.request("b-1", "echo $PWD >pwd"),
                                        site.request("c-1", "exit 3")};
  requests[1].options["records"] = "client";
  requests[2].options["records"] = nullptr;
  for (const auto& result : site.backend.start_many(requests)) EXPECT_EQ(id_of(result), "1");
  const std::string root = site.host.playground;
  EXPECT_TRUE(site.exists(root + "/a-1/claim") && site.exists(root + "/a-1/exit"));
  EXPECT_TRUE(site.exists(root + "/b-1/client/claim") && site.exists(root + "/b-1/client/exit"));
  EXPECT_EQ(site.read(root + "/b-1/client/pwd"), root + "/b-1/client\n");
  EXPECT_FALSE(site.exists(root + "/b-1/claim") || site.exists(root + "/b-1/exit"));
  EXPECT_FALSE(site.exists(root + "/c-1/claim") || site.exists(root + "/c-1/exit"));
  // Nor does it name the playground, which is not there where it runs.
  EXPECT_EQ(site.read(root + "/c-1/script").find(root), std::string::npos);
}

TEST(BatchFind, AbsenceIsFinalForTextsThatWereSentBefore) {
  ToySite site;
  site.script("toy-sub", "echo id 1");
  site.script("toy-queue", "echo ok");
  EXPECT_TRUE(std::holds_alternative<Absent>(site.find("a-1")));
  // A submission that was on its way all the time arrives now: it does nothing.
  const SubmitOrder order{"a-1", "#!/bin/sh\n", "toy-sub a-1", false};
  const auto ran = host::Host(site.host, site.folder + "/ssh")
                       .run("PATH=" + site.folder + "/bin:$PATH\n" +
                            submit_text(site.host.playground, "mark", {}, {&order, 1}));
  ASSERT_TRUE(ran);
  EXPECT_EQ(read_submit(ran->out, "mark").at("a-1").word, SubmitWord::tombstone);
  EXPECT_EQ(site.calls("toy-sub"), 0u);
  EXPECT_EQ(id_of(site.start({"a-1"})[0]), "1");  // a start that is sent now does
}

TEST(BatchFind, AsksTheSchedulerAndBelievesOnlyAHealthyAnswer) {
  ToySite site;
  site.script("toy-queue", "echo down >&2; exit 1");
  EXPECT_TRUE(std::holds_alternative<CannotTell>(site.find("a-1")));
  site.script("toy-queue", "echo '8 runs 0 b-1'; echo '9 runs 0 a-1'; echo ok");
  EXPECT_EQ(id_of(site.find("a-1")), "9");
  site.script("toy-queue", "echo ok");
  EXPECT_TRUE(std::holds_alternative<Absent>(site.find("a-1")));
}

TEST(BatchFind, WhatTheRowSaysIsKeptInTheState) {
  ToySite site;
  site.script("toy-queue", "echo '9 runs 0 a-1 large'; echo ok");
  EXPECT_EQ(std::get<Found>(site.find("a-1")).state.own["kind"], "large");
}

TEST(BatchFind, OfOneTokenAloneItMayNotBeKnown) {
  ToySite site;
  site.script("toy-queue", "echo '- hides 0 a-1'; echo '9 hides 0 b-1'; echo ok");
  EXPECT_EQ(std::get<CannotTell>(site.find("a-1")).why, "it hides");
  EXPECT_EQ(id_of(site.find("b-1")), "9");
  EXPECT_TRUE(std::holds_alternative<Absent>(site.find("c-1")));
}

TEST(BatchFind, AClaimIsEnoughAndNamesTheJob) {
  ToySite site;
  site.script("toy-sub", "exit 1");
  site.start({"a-1", "b-1"});
  site.write(site.host.playground + "/a-1/claim", "claim by=script restart=0 mark=44 end\n");
  site.write(site.host.playground + "/b-1/claim", "claim by=script restart=0 end\n");
  EXPECT_EQ(id_of(site.find("a-1")), "44");
  EXPECT_TRUE(std::holds_alternative<Found>(site.find("b-1")));
  EXPECT_EQ(id_of(site.find("b-1")), "");
}

TEST(BatchFind, ASubmissionUnderWayIsNotAbsent) {
  ToySite site;
  site.script("toy-sub", "echo id 1");
  site.script("toy-queue", "echo ok");
  ASSERT_EQ(id_of(site.start({"a-1"})[0]), "1");
  std::remove((site.host.playground + "/a-1/submitted").c_str());  // as if it had not come so far
  EXPECT_TRUE(std::holds_alternative<CannotTell>(site.find("a-1")));
  const std::string boot = site.read("/proc/sys/kernel/random/boot_id");
  site.write(site.host.playground + "/a-1/submit", "run 0 " + boot);  // begun at boot: long ago
  EXPECT_TRUE(std::holds_alternative<Absent>(site.find("a-1")));
}

}  // namespace
}  // namespace ketrew::sdk::batch
