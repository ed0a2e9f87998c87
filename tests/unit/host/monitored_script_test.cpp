// The script is run for real, under each shell that is here.
#include "core/host/monitored_script.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/host/command.hpp"
#include "core/host/exit_record.hpp"

namespace ketrew::host {
namespace {

class MonitoredScriptTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (::access(GetParam(), X_OK) != 0) GTEST_SKIP() << "there is no " << GetParam();
    folder = (std::filesystem::temp_directory_path() / "ketrew-script-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    script.token = "01h-1";
    script.job_id = "01h";
    script.playground = folder;
  }
  void TearDown() override {
    if (!folder.empty()) std::filesystem::remove_all(folder);
  }
  int run(const std::string& name = "script") {
    std::ofstream(folder + "/" + name) << render(script);
    const auto ran = run_command({GetParam(), folder + "/" + name}, "");
    return ran && ran->exit_code ? *ran->exit_code : -1;
  }
  std::string content(const std::string& name) {
    const auto text = read_file(folder + "/" + name);
    return text ? *text : "(absent)";
  }
  MonitoredScript script;
  std::string folder;
};

TEST_P(MonitoredScriptTest, WaitsForAProgramThatASignalEndsAndLeavesProof) {
  script.outlives_signals = true;
  script.claimed_by = "4711.server";
  script.program.commands = {{"kill -s TERM 0; sleep 60", {}}, {"echo no", {}}};
  EXPECT_EQ(run(), 143);
  const auto exit = parse_exit(content("exit"));
  ASSERT_TRUE(exit) << exit.error().text();
  EXPECT_EQ(exit->code, 143);
  EXPECT_EQ(content("out"), "");
  const auto claim = parse_claim(content("claim"));
  ASSERT_TRUE(claim) << claim.error().text();
  EXPECT_EQ(claim->mark, "4711.server");
}

TEST_P(MonitoredScriptTest, LeavesProof) {
  script.program.commands = {
      {"echo out; echo err >&2", {}}, {"", {"sh", "-c", "exit 4"}}, {"echo no", {}}};
  EXPECT_EQ(run(), 4);
  EXPECT_EQ(content("out"), "out\n");
  EXPECT_EQ(content("err"), "err\n");
  const auto exit = parse_exit(content("exit"));
  ASSERT_TRUE(exit) << exit.error().text();
  EXPECT_EQ(exit->code, 4);
  EXPECT_TRUE(exit->started && exit->ended);
  const auto claim = parse_claim(content("claim"));
  ASSERT_TRUE(claim) << claim.error().text();
  EXPECT_GT(claim->process.pid, 0);
  EXPECT_GT(claim->process.started, 0u);
  EXPECT_NE(content("log").find("command 2 end code=4"), std::string::npos);
}

TEST_P(MonitoredScriptTest, WhatAFailedAttemptMadeGetsAnotherName) {
  const std::string made = folder + "/made *", old = folder + "/old", link = folder + "/link";
  std::ofstream(old) << "old";
  std::filesystem::last_write_time(old, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  std::filesystem::create_symlink(old, link);
  script.program.environment["KETREW_PRODUCTS"] = made + "\n" + old + "\n" + link + "\n" + folder + "/never";
  script.program.commands = {{"echo half >'" + made + "'; exit 4", {}}};
  EXPECT_EQ(run(), 4);
  EXPECT_EQ(content("made *"), "(absent)");
  EXPECT_EQ(content("made *.failed-1"), "half\n");
  EXPECT_EQ(content("old"), "old") << "it was there before";
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_NE(content("log").find("set aside " + made + ".failed-1"), std::string::npos);
  EXPECT_TRUE(parse_exit(content("exit")));
}

TEST_P(MonitoredScriptTest, WhatASuccessMadeStays) {
  script.program.environment["KETREW_PRODUCTS"] = folder + "/made";
  script.program.commands = {{"echo whole >\"$KETREW_PRODUCTS\"", {}}};
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(content("made"), "whole\n");
}

TEST_P(MonitoredScriptTest, AKilledOneSetsAsideAndDiesOfTheSignal) {
  script.program.environment["KETREW_PRODUCTS"] = folder + "/made";
  script.program.commands = {{"echo half >\"$KETREW_PRODUCTS\"; kill -s TERM 0; sleep 60", {}}};
  std::ofstream(folder + "/script") << render(script);
  const auto ran = run_command({GetParam(), folder + "/script"}, "");
  ASSERT_TRUE(ran) << ran.error().text();
  EXPECT_EQ(ran->signal, SIGTERM);
  EXPECT_EQ(content("made"), "(absent)");
  EXPECT_EQ(content("made.failed-1"), "half\n");
}

TEST_P(MonitoredScriptTest, TheNextAttemptDoesWhatTheOneBeforeWasNotGivenTheTimeTo) {
  std::filesystem::create_directories(folder + "/01h-1");
  std::filesystem::create_directories(folder + "/01h-2");
  std::ofstream(folder + "/01h-1/claim") << "claimed";
  std::ofstream(folder + "/made") << "half";
  script.token = "01h-2";
  script.attempt = 2;
  script.playground = folder + "/01h-2";
  script.program.environment["KETREW_PRODUCTS"] = folder + "/made";
  script.program.commands = {{"test ! -e \"$KETREW_PRODUCTS\"", {}}};
  EXPECT_EQ(run("01h-2/script"), 0);
  EXPECT_EQ(content("made.failed-1"), "half");
}

TEST_P(MonitoredScriptTest, WithoutAPlaygroundItRunsWhereItIsStarted) {
  const std::string there = folder + "/there";
  std::filesystem::create_directory(there);
  script.playground.clear();
  script.stands_alone = false;
  script.program.commands = {{"echo $KETREW_PLAYGROUND >place; exit 4", {}}};
  std::ofstream(folder + "/script") << render(script);
  const auto ran = run_command(
      {"/bin/sh", "-c", "cd \"$1\" && exec \"$2\" ../script", "sh", there, GetParam()}, "");
  ASSERT_TRUE(ran);
  EXPECT_EQ(ran->exit_code, 4);
  EXPECT_EQ(content("there/place"), there + "\n");
  EXPECT_NE(content("there/log").find("command 1 end code=4"), std::string::npos);
}

TEST_P(MonitoredScriptTest, ASecondCopyTouchesNothing) {
  script.program.commands = {{"echo ran", {}}};
  EXPECT_EQ(run(), 0);
  const std::string log = content("log");
  EXPECT_EQ(run(), duplicate_exit_code);
  EXPECT_EQ(content("out"), "ran\n");
  EXPECT_EQ(content("log"), log);
}

TEST_P(MonitoredScriptTest, ArgumentsByteForByte) {
  std::string every;
  for (int byte = 1; byte < 256; ++byte) every += static_cast<char>(byte);
  script.program.commands = {{"", {"printf", "%s|", every, "", "-n", "a\nb"}},
                             {"", {"env", "--", "printf", "%s", "$HOME"}}};
  script.program.environment = {{"PLAIN", every}, {"odd-name", every}};
  script.program.commands.push_back({"printf %s \"$PLAIN\"", {}});
  script.program.commands.push_back({"", {"env", "-0"}});  // a shell would drop the odd name
  EXPECT_EQ(run(), 0);
  const std::string out = content("out"), expected = every + "||-n|a\nb|$HOME" + every;
  EXPECT_EQ(out.substr(0, expected.size()), expected);
  EXPECT_NE(out.find("odd-name=" + every), std::string::npos);
}

TEST_P(MonitoredScriptTest, BuiltinNamesAreProgramsHere) {
  script.program.commands = {{"", {"exit"}}};
  EXPECT_EQ(run(), 127);
  const auto exit = parse_exit(content("exit"));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 127);
}

TEST_P(MonitoredScriptTest, ALaterRestartClaimsAnewAndTheOldCopyWritesNoExit) {
  script.restart_count = "${FAKE_RESTARTS:-0}";
  // The first copy, at whose end the second has begun.
  script.program.commands = {
      {"[ \"${FAKE_RESTARTS:-0}\" = 1 ] || echo claim >\"$KETREW_PLAYGROUND/claim.1\"; exit 8",
       {}}};
  EXPECT_EQ(run(), duplicate_exit_code);
  EXPECT_EQ(content("exit"), "(absent)");
  std::filesystem::remove(folder + "/claim.1");
  ::setenv("FAKE_RESTARTS", "1", 1);
  EXPECT_EQ(run(), 8);
  ::unsetenv("FAKE_RESTARTS");
  const auto exit = parse_exit(content("exit"));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 8);
}

INSTANTIATE_TEST_SUITE_P(Shells, MonitoredScriptTest,
                         testing::Values("/bin/bash", "/bin/dash", "/bin/sh"),
                         [](const auto& which) { return std::string(which.param).substr(5); });

}  // namespace
}  // namespace ketrew::host
