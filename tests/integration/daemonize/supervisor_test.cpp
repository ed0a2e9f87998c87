// Jobs under a supervisor: starts, ends, kills, refusals.
#include <filesystem>

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/daemonize/supervisor/processes.hpp"
#include "core/host/process_identity.hpp"
#include "tests/integration/daemonize/fixture.hpp"

namespace ketrew::daemonize {
namespace {

class SupervisorTest : public DaemonizeTest {
 protected:
  JobState start_one(const sdk::StartRequest& one) {
    const auto results = start(*supervised, {one});
    const auto* started = std::get_if<Base::Started>(&results[0]);
    EXPECT_TRUE(started);
    return started ? started->state : JobState{};
  }
  observed::Ended end_of(const std::string& name, JobState state) {
    const Observation end = wait_for_end(*supervised, host, name, state);
    const auto* ended = std::get_if<observed::Ended>(&end);
    EXPECT_TRUE(ended) << ketrew::to_json(end).dump();
    return ended ? *ended : observed::Ended{};
  }
};

TEST_F(SupervisorTest, AThousandJobs) {
  constexpr int count = 1000;
  std::vector<sdk::StartRequest> requests;
  for (int i = 0; i < count; ++i)
    requests.push_back(request(token(i), {exec({"sh", "-c", "exit " + std::to_string(i % 100)})}));
  const auto results = start(*supervised, requests);
  for (int i = 0; i < count; ++i) {
    const auto* started = std::get_if<Base::Started>(&results[static_cast<std::size_t>(i)]);
    ASSERT_TRUE(started) << i;
    EXPECT_EQ(end_of(token(i), started->state).exit_code, i % 100);
    EXPECT_TRUE(was_announced(token(i)));
  }
  // Again, from the files alone, as a backend does that was started anew.
  EXPECT_EQ(end_of(token(42), JobState{}).exit_code, 42);
}

TEST_F(SupervisorTest, ArgumentsArriveByteForByte) {
  std::string every;
  for (int byte = 1; byte < 256; ++byte) every += static_cast<char>(byte);
  const std::vector<std::string> argv = {"/usr/bin/printf", "%s|",  every, "", "a b",
                                         "$HOME",           "'\"\n"};
  const auto state = start_one(request(token(1), {exec(argv)}));
  EXPECT_EQ(end_of(token(1), state).exit_code, 0);
  EXPECT_EQ(content(playground(token(1)) + "/out"), every + "||a b|$HOME|'\"\n|");

  auto listed = request(token(2), {exec(argv), sh("printf %s \"$ODD\"")});
  listed.program.environment["ODD"] = every;
  const auto second = start_one(listed);
  EXPECT_EQ(end_of(token(2), second).exit_code, 0);
  EXPECT_EQ(content(playground(token(2)) + "/out"), every + "||a b|$HOME|'\"\n|" + every);
}

TEST_F(SupervisorTest, TheSameTokenTwiceIsOneJob) {
  const auto one = request(token(1), {sh("echo x >>" + home + "/ran; sleep 1")});
  const auto first = start_one(one), second = start_one(one);
  EXPECT_EQ(first.process, second.process);
  EXPECT_EQ(end_of(token(1), first).exit_code, 0);
  start_one(one);  // over: its claim stands
  EXPECT_EQ(lines(home + "/ran").size(), 1u);
}

TEST_F(SupervisorTest, FindIsExact) {
  const sdk::FindRequest known{token(1), host, Json::object()};
  const sdk::FindRequest unknown{token(2), host, Json::object()};
  const sdk::FindRequest* both[] = {&known, &unknown};
  start_one(request(token(1), {exec({"true"})}));
  const auto found = supervised->find(host, both);
  EXPECT_TRUE(std::holds_alternative<Base::Found>(found[0]));
  EXPECT_TRUE(std::holds_alternative<sdk::Absent>(found[1]));
}

TEST_F(SupervisorTest, ListStopsAtTheFirstFailure) {
  const auto state = start_one(request(
      token(1), {sh("echo one"), exec({"sh", "-c", "echo two; exit 5"}), sh("echo three")}));
  EXPECT_EQ(end_of(token(1), state).exit_code, 5);
  EXPECT_EQ(content(playground(token(1)) + "/out"), "one\ntwo\n");
  EXPECT_NE(content(playground(token(1)) + "/log").find("command 2 end code=5"), std::string::npos);
}

TEST_F(SupervisorTest, WhatCannotBeExecutedSaysSo) {
  const auto state = start_one(request(token(1), {exec({"no-such-program"})}));
  const auto ended = end_of(token(1), state);
  EXPECT_EQ(ended.exit_code, 127);
  EXPECT_NE(content(playground(token(1)) + "/err").find("no-such-program"), std::string::npos);
  auto elsewhere = request(token(2), {exec({"true"})});
  elsewhere.program.directory = "/no/such/directory";
  EXPECT_EQ(end_of(token(2), start_one(elsewhere)).exit_code, 126);
}

TEST_F(SupervisorTest, SignalIsReportedAsSignal) {
  const auto state = start_one(request(token(1), {sh("kill -9 $$")}));
  EXPECT_EQ(end_of(token(1), state).signal, 9);
}

TEST_F(SupervisorTest, TheJobHasAPlainEnvironment) {
  const auto state = start_one(request(
      token(1), {sh("echo $KETREW_JOB_ID $KETREW_ATTEMPT; pwd; ulimit -n; "
                    "ls /proc/self/fd | wc -l; grep -E 'Sig(Blk|Ign)' /proc/self/status")}));
  EXPECT_EQ(end_of(token(1), state).exit_code, 0);
  const auto out = lines(playground(token(1)) + "/out");
  ASSERT_EQ(out.size(), 6u);
  EXPECT_EQ(out[0], token(1).substr(0, 26) + " 1");
  EXPECT_EQ(out[1], playground(token(1)));
  EXPECT_EQ(out[3], "4");  // 0, 1, 2 and the folder that ls reads
  EXPECT_EQ(out[4], "SigBlk:\t0000000000000000");
  // Signal 32 is the C library's own: no program can set or reset it.
  EXPECT_TRUE(out[5] == "SigIgn:\t0000000000000000" || out[5] == "SigIgn:\t0000000080000000");
}

TEST_F(SupervisorTest, KilledWithAllItsDescendants) {
  const auto state = start_one(
      request(token(1),
              {sh("trap '' TERM; (trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 1000') & "
                  "sleep 1000 & echo up; sleep 1000; sleep 1000")},
              {{"kill_grace", "200ms"}}));
  ASSERT_TRUE(wait_until([&] {
    return content(playground(token(1)) + "/out") == "up\n" && processes_with(token(1)) >= 4;
  }));
  EXPECT_EQ(kill(*supervised, host, token(1), state), sdk::KillWord::sent);
  const auto ended = end_of(token(1), state);
  EXPECT_EQ(ended.signal, 9);
  EXPECT_EQ(processes_with(token(1)), 0);
  EXPECT_EQ(kill(*supervised, host, token(1), state), sdk::KillWord::already_over);
}

TEST_F(SupervisorTest, KillGoesOnAfterTheSupervisorDies) {
  const auto state = start_one(request(
      token(1), {sh("trap '' TERM; echo up; while :; do sleep 1; done")}, {{"kill_grace", "1s"}}));
  ASSERT_TRUE(wait_until([&] { return content(playground(token(1)) + "/out") == "up\n"; }));
  EXPECT_EQ(kill(*supervised, host, token(1), state), sdk::KillWord::sent);
  const auto pids = client->pids();
  ASSERT_TRUE(pids);
  ::kill(pids->supervisor, SIGKILL);
  EXPECT_EQ(end_of(token(1), state).signal, 9);
}

TEST_F(SupervisorTest, AnotherProcessWithThePidIsNotKilled) {
  const auto stat = host::read_process_stat(::getpid());
  ASSERT_TRUE(stat);
  EXPECT_FALSE(signal_process(::getpid(), stat->started + 1, SIGKILL));
  JobState state;
  state.process = {*host::boot_id(), ::getpid(), stat->started + 1};
  EXPECT_EQ(host::liveness(state.process), host::Liveness::over);
  EXPECT_EQ(kill(*supervised, host, token(9), state), sdk::KillWord::already_over);
  state.process.started = stat->started;
  state.process.boot = "another-boot";
  const Observation seen = look(*supervised, host, token(9), state);
  EXPECT_TRUE(std::holds_alternative<observed::Gone>(seen));
}

TEST_F(SupervisorTest, FullDiskRefusesForNowAndKeepsExitCodes) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can mount a small tmpfs";
  const std::string small = home + "/small";
  ASSERT_EQ(::mkdir(small.c_str(), 0700), 0);
  if (::mount("none", small.c_str(), "tmpfs", 0, "size=256k") != 0)
    GTEST_SKIP() << "cannot mount a tmpfs here: " << std::strerror(errno);
  struct Unmount {
    std::string path;
    ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
  } unmount{small};
  host.playground = root = small + "/pg";
  const auto state = start_one(
      request(token(1), {sh("while [ ! -e " + home + "/go ]; do sleep 0.05; done; exit 9")}));
  // Full to the last block.
  ASSERT_NE(std::system(("cat /dev/zero >" + small +
                         "/fill 2>/dev/null; "
                         "while echo x >>" +
                         small + "/fill2; do :; done 2>/dev/null")
                            .c_str()),
            -1);
  const auto refused = start(*supervised, {request(token(2), {exec({"true"})})});
  const auto* refusal = std::get_if<sdk::Refused>(&refused[0]);
  ASSERT_TRUE(refusal);
  EXPECT_FALSE(refusal->for_ever) << refusal->why;
  ASSERT_EQ(std::system(("touch " + home + "/go").c_str()), 0);
  EXPECT_EQ(end_of(token(1), state).exit_code, 9);
  std::filesystem::remove(small + "/fill");
  std::filesystem::remove(small + "/fill2");
  EXPECT_TRUE(wait_until(
      [&] { return content(playground(token(1)) + "/exit").find("code=9") != std::string::npos; }));
  EXPECT_EQ(end_of(token(2), start_one(request(token(2), {exec({"true"})}))).exit_code, 0);
}

TEST_F(SupervisorTest, OnlyOneServesAHome) {
  const auto pids = client->pids();
  ASSERT_TRUE(pids);
  ASSERT_EQ(std::system((std::string(KETREW_SUPERVISOR) + " " + home + "/supervisor").c_str()), 0);
  const auto other = make_client();
  const auto same = other->pids();
  ASSERT_TRUE(same);
  EXPECT_EQ(same->supervisor, pids->supervisor);
}

}  // namespace
}  // namespace ketrew::daemonize
