#include "core/profile/profile.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace ketrew::profile {
namespace {

Profile parse(const std::string& yaml, const std::string& name = "default") {
  auto profile = parse_profile(yaml, "/etc/ketrew/p.yaml", name);
  EXPECT_TRUE(profile) << profile.error().text();
  return profile ? *profile : Profile{};
}

TEST(Profile, AnEmptyOneHasTheDefaults) {
  const Profile profile = parse("profiles: {default: }\n");
  EXPECT_TRUE(profile.plugins.empty());
  EXPECT_EQ(profile.engine, Engine{});
  EXPECT_EQ(profile.default_backend, "");
  EXPECT_EQ(profile.default_host, "");
  EXPECT_FALSE(profile.allow_network_file_system);
}

TEST(Profile, ReadsEveryKey) {
  ::setenv("KETREW_TEST_FOLDER", "/opt/plugins", 1);
  const Profile profile = parse(R"(
profiles:
  default: {}
  big:
    plugins:
      - package: daemonize
        options: {greeting: hello, times: 3, deep: [1.5, true, null, "7"]}
        deadlines: {update: 30s, start: 250ms}
      - path: $KETREW_TEST_FOLDER/libmine.so
      - path: beside.so
        name: other
      - exec: [python3, $KETREW_TEST_FOLDER/b.py, "a$b", 7]
        name: python
    hosts:
      here: /scratch/pg
      cluster: "ssh://me@login1:2222/scratch/me?timeout=30"
    engine: {max_attempts: 3, lost_after: 1h30m, orphan_grace: 0, poll_interval: 2m, kill_timeout: 5s}
    limits: {mine: {running: 8, starts_per_second: 0.5}, python: {}}
    listen:
    default_backend: mine
    default_host: cluster
    allow_network_file_system: true
    log_level: debug
)",
                                "big");
  ASSERT_EQ(profile.plugins.size(), 4u);
  EXPECT_EQ(profile.plugins[0].kind, Plugin::Kind::package);
  EXPECT_EQ(profile.plugins[0].name, "daemonize");
  EXPECT_EQ(profile.plugins[0].options,
            Json::parse(R"({"greeting": "hello", "times": 3, "deep": [1.5, true, null, "7"]})"));
  EXPECT_EQ(profile.plugins[0].deadlines.update, std::chrono::seconds(30));
  EXPECT_EQ(profile.plugins[0].deadlines.start, Milliseconds(250));
  EXPECT_EQ(profile.plugins[0].deadlines.find, std::chrono::minutes(2));
  EXPECT_EQ(profile.plugins[0].where, "/etc/ketrew/p.yaml:6:9");
  EXPECT_EQ(profile.plugins[1].path, "/opt/plugins/libmine.so");
  EXPECT_EQ(profile.plugins[1].name, "mine");
  EXPECT_EQ(profile.plugins[2].path, "/etc/ketrew/beside.so");
  EXPECT_EQ(profile.plugins[2].name, "other");
  EXPECT_EQ(profile.plugins[3].command,
            (std::vector<std::string>{"python3", "/opt/plugins/b.py", "a$b", "7"}));
  EXPECT_EQ(profile.hosts.at("here"), "/scratch/pg");
  EXPECT_EQ(profile.hosts.at("cluster"), "ssh://me@login1:2222/scratch/me?timeout=30");
  EXPECT_EQ(profile.default_host, profile.hosts.at("cluster"));
  EXPECT_EQ(profile.engine.max_attempts, 3);
  EXPECT_EQ(profile.engine.lost_after, std::chrono::minutes(90));
  EXPECT_EQ(profile.engine.orphan_grace, Milliseconds(0));
  EXPECT_EQ(profile.engine.poll_interval, std::chrono::minutes(2));
  EXPECT_EQ(profile.engine.poll_interval_max, std::chrono::minutes(2)) << "never below the other";
  EXPECT_EQ(profile.limits.at("mine"), (Limits{8, 0.5}));
  EXPECT_EQ(profile.limits.at("python"), Limits{});
  EXPECT_EQ(profile.default_backend, "mine");
  EXPECT_EQ(profile.log_level, "debug");
  EXPECT_TRUE(profile.allow_network_file_system);
  EXPECT_TRUE(profile.warnings.empty());
}

TEST(Profile, DaemonizeIsTheDefaultBackendElseTheFirst) {
  EXPECT_EQ(
      parse("profiles: {default: {plugins: [{package: a}, {package: daemonize}]}}").default_backend,
      "daemonize");
  EXPECT_EQ(parse("profiles: {default: {plugins: [{package: b}, {package: a}]}}").default_backend,
            "b");
}

TEST(Profile, ALimitForNoPluginIsAWarning) {
  const Profile profile = parse("profiles:\n  default:\n    limits:\n      slurm: {running: 1}\n");
  ASSERT_EQ(profile.warnings.size(), 1u);
  EXPECT_EQ(profile.warnings[0],
            "/etc/ketrew/p.yaml:4:7: limits for \"slurm\", which is no plugin of this profile");
}

TEST(Profile, AnotherProfileOfTheFileIsNotValidated) {
  parse("profiles: {default: {}, broken: {plugins: [{path: $KETREW_NEVER_SET/x.so}]}}");
}

TEST(Profile, AliasesAreCopiedIn) {
  const Profile profile = parse(
      "profiles:\n"
      "  base: {limits: &few {daemonize: {running: 2}}}\n"
      "  default: {plugins: [{package: daemonize}], limits: *few}\n");
  EXPECT_EQ(profile.limits.at("daemonize").running, 2);
}

}  // namespace
}  // namespace ketrew::profile
