#include <sys/resource.h>

#include "app/ketrewd/spawn.hpp"
#include "tests/unit/ketrewd/link_fixture.hpp"

namespace ketrew::daemon {
namespace {

TEST_F(BackendLinkTest, StartsAndSaysWhatItIs) {
  make(script("serve('1.2.3')"));
  EXPECT_EQ(link->status().state, LinkState::starting);
  ASSERT_TRUE(run_until_ready());
  const auto status = link->status();
  ASSERT_TRUE(status.backend);
  EXPECT_EQ(status.backend->version, "1.2.3");
  EXPECT_EQ(status.backend->capabilities.batch, 7u);
  EXPECT_GT(status.pid, 0);
  EXPECT_EQ(status.restarts, 0u);
  EXPECT_TRUE(run_until([&] { return !states.empty() && states.back() == LinkState::ready; }));
}

TEST_F(BackendLinkTest, InitializeCarriesNameOptionsAndHome) {
  make(script(R"(
request = json.loads(sys.stdin.readline())
sys.stderr.write(json.dumps(request["params"], sort_keys=True) + "\n"); sys.stderr.flush()
answer(request, initialized())
serve()
)"));
  ASSERT_TRUE(run_until([&] { return link->ready() && !log.empty(); }));
  EXPECT_EQ(Json::parse(log[0]), (Json{{"protocol", 1},
                                       {"name", "scripted"},
                                       {"options", {{"depth", 3}}},
                                       {"home", directory.path}}));
}

TEST_F(BackendLinkTest, TheProcessIsOnItsOwn) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const Json environment = ask("environment");
  EXPECT_EQ(environment["sid"], environment["pid"]);
  EXPECT_LE(environment["fds"].size(), 4u);  // 0, 1, 2 and that of the listing
}

TEST_F(BackendLinkTest, TheProcessHasTheUsersDescriptorLimit) {
  rlimit before{}, after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  raise_descriptor_limit();
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_GE(after.rlim_cur, before.rlim_cur);
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  EXPECT_EQ(ask("limit")["files"], before.rlim_cur);
}

TEST_F(BackendLinkTest, ManyCallsInFlightAnyOrder) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto held = call("hold");
  std::vector<std::shared_ptr<Answer>> answers;
  for (int i = 0; i < 2000; ++i)
    answers.push_back(call("echo", "{\"n\":" + std::to_string(i) + "}"));
  EXPECT_EQ(link->status().in_flight, 2001u);
  ASSERT_TRUE(run_until([&] { return answers.back()->there; }));
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(answers[static_cast<std::size_t>(i)]->good);
    EXPECT_EQ(Json::parse(answers[static_cast<std::size_t>(i)]->text)["n"], i);
  }
  EXPECT_FALSE(held->there);
  ask("release");
  EXPECT_TRUE(held->good);
}

TEST_F(BackendLinkTest, BigMessagesBothWaysAndBackPressure) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const std::string big = "{\"t\":\"" + std::string(12 << 20, 'a') + "\"}";
  EXPECT_TRUE(link->writable());
  const auto answer = call("echo", big);
  EXPECT_FALSE(link->writable());
  ASSERT_TRUE(run_until([&] { return answer->there; }));
  EXPECT_EQ(answer->text.size(), big.size() + 1);  // Python writes a blank after the colon
  EXPECT_EQ(writable, 1);
  EXPECT_TRUE(link->writable());
}

TEST_F(BackendLinkTest, TooMuchForOneThatDoesNotReadIsNeverSent) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto hang = call("hang", "{}", milliseconds(60'000));
  const std::string big = "{\"t\":\"" + std::string(50 << 20, 'a') + "\"}";
  const auto first = call("echo", big), second = call("echo", big), third = call("echo", big);
  ASSERT_TRUE(run_until([&] { return third->there; }));
  EXPECT_EQ(third->error.reach, Reach::never_sent);
  EXPECT_EQ(third->error.error.kind, ErrorKind::unavailable);
  EXPECT_FALSE(first->there || second->there || hang->there);
}

TEST_F(BackendLinkTest, AnErrorIsAnAnswer) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  const auto answer = call("fail");
  ASSERT_TRUE(run_until([&] { return answer->there; }));
  EXPECT_EQ(answer->error.reach, Reach::answered);
  EXPECT_EQ(answer->error.code, -32602);
  EXPECT_EQ(answer->error.error.kind, ErrorKind::invalid);
  EXPECT_EQ(answer->error.error.what, "no such option");
  EXPECT_TRUE(link->ready());
}

TEST_F(BackendLinkTest, NotificationsAndLogLines) {
  make(script("serve()"));
  ASSERT_TRUE(run_until_ready());
  ask("change");
  EXPECT_EQ(changed, (std::vector<std::string>{"a-1", "b-1"}));
  ask("log");
  ASSERT_TRUE(run_until([&] { return log.size() == 3; }));
  EXPECT_EQ(log[0], "one");
  EXPECT_EQ(log[1], "two");
  EXPECT_EQ(log[2].size(), 4096u);
}

}  // namespace
}  // namespace ketrew::daemon
