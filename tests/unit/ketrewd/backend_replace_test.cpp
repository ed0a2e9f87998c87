#include "tests/unit/ketrewd/link_fixture.hpp"

namespace ketrew::daemon {
namespace {

TEST_F(BackendLinkTest, ReplacedWhileCallsAreInFlight) {
  make(script("serve('1')", "old.py"));
  ASSERT_TRUE(run_until_ready());
  const auto old_pid = link->status().pid;
  const auto held = call("hold");
  ask("echo");
  bool done = false;
  link->replace(script("serve('2')", "new.py"), [&](Result<> result) {
    EXPECT_TRUE(result);
    done = true;
  });
  EXPECT_EQ(ask("environment")["version"], "1");  // the old one serves until then
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_EQ(ask("environment")["version"], "2");
  EXPECT_EQ(::kill(old_pid, 0), 0);  // still has its call
  EXPECT_FALSE(held->there);
  EXPECT_EQ(link->status().in_flight, 1u);
  EXPECT_EQ(crashes, 0);
  EXPECT_EQ(link->launch().file, directory / "new.py");
  EXPECT_EQ(link->status().restarts, 0u);
}

TEST_F(BackendLinkTest, TheReplacedOneLeaves) {
  make(script("serve('1')", "old.py"));
  ASSERT_TRUE(run_until_ready());
  const auto old_pid = link->status().pid;
  link->replace(script("serve('2')", "new.py"), [](Result<>) {});
  ASSERT_TRUE(run_until([&] { return ::kill(old_pid, 0) != 0; }));
  EXPECT_TRUE(link->ready());
  EXPECT_EQ(crashes, 0);
}

TEST_F(BackendLinkTest, ABadReplacementLeavesTheOldOne) {
  make(script("serve('1')", "old.py"));
  ASSERT_TRUE(run_until_ready());
  std::optional<Error> error;
  link->replace(script("sys.stderr.write('bad luck\\n'); sys.exit(3)", "new.py"),
                [&](Result<> result) { error = result.error(); });
  ASSERT_TRUE(run_until([&] { return error.has_value(); }));
  EXPECT_NE(error->what.find("bad luck"), std::string::npos);
  EXPECT_TRUE(link->ready());
  EXPECT_EQ(ask("environment")["version"], "1");
  EXPECT_EQ(link->launch().file, directory / "old.py");
  EXPECT_EQ(crashes, 0);
}

TEST_F(BackendLinkTest, StopsGracefully) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto pid = link->status().pid;
  const auto last = call("echo");
  bool done = false;
  link->stop(milliseconds(120'000), [&] { done = true; });
  const auto late = call("echo");
  ASSERT_TRUE(run_until([&] { return done && late->there; }));
  EXPECT_TRUE(last->good);
  EXPECT_EQ(late->error.reach, Reach::never_sent);
  EXPECT_EQ(link->status().state, LinkState::stopped);
  EXPECT_NE(::kill(pid, 0), 0);
  EXPECT_EQ(crashes, 0);
}

TEST_F(BackendLinkTest, StopsWhatDoesNotWantTo) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto hang = call("hang");
  bool done = false;
  link->stop(milliseconds(100), [&] { done = true; });
  ASSERT_TRUE(run_until([&] { return done && hang->there; }));
  EXPECT_EQ(hang->error.reach, Reach::in_doubt);
}

TEST_F(BackendLinkTest, StopsWhenDownAndWhenStarting) {
  make(script("sys.exit(1)"));
  ASSERT_TRUE(run_until([&] { return link->status().state == LinkState::down; }));
  bool done = false;
  link->stop(milliseconds(100), [&] { done = true; });
  ASSERT_TRUE(run_until([&] { return done; }));
  make(script("time.sleep(1000)"));
  done = false;
  link->stop(milliseconds(100), [&] { done = true; });
  ASSERT_TRUE(run_until([&] { return done; }));
}

TEST_F(BackendLinkTest, MayBeDestroyedFromItsCallbacks) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  bool called = false;
  link->call({"echo", "{}", milliseconds(120'000), 0}, [&](CallResult) {
    called = true;
    link.reset();
  });
  call("hold");
  ASSERT_TRUE(run_until([&] { return called; }));
  EXPECT_EQ(link, nullptr);
}

TEST_F(BackendLinkTest, WhatTheBackendStartedLivesOn) {
  make(script(R"(
import subprocess
child = subprocess.Popen(["sleep", "1000"])
sys.stderr.write(str(child.pid) + "\n"); sys.stderr.flush()
serve()
)"));
  ASSERT_TRUE(run_until([&] { return link->ready() && !log.empty(); }));
  const pid_t child = std::stoi(log[0]);
  const auto hang = call("hang", "{}", milliseconds(100));
  ASSERT_TRUE(run_until([&] { return hang->there; }));
  EXPECT_EQ(::kill(child, 0), 0);
  link.reset();
  for (const auto& line : log) ::kill(std::stoi(line), SIGKILL);
}

}  // namespace
}  // namespace ketrew::daemon
