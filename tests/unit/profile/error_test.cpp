// Every message: one line, with its place in the file.
#include <gtest/gtest.h>

#include "core/profile/profile.hpp"

namespace ketrew::profile {
namespace {

struct Case {
  const char* yaml;
  const char* message;
};

std::string message_of(const std::string& yaml) {
  const auto profile = parse_profile(yaml, "f", "default");
  return profile ? "no error" : profile.error().text();
}

// The body of the profile, so that its first line is the third of the file and begins in column 5.
std::string in_profile(const std::string& body) { return "profiles:\n  default:\n    " + body; }

TEST(ProfileErrors, OfAFile) {
  const Case cases[] = {
      {"", "f:1:1: no \"profiles\" in the file; write profiles:, then a name for each"},
      {"- a\n", "f:1:1: a profile file is a list, not a map"},
      {"profile: {}\n",
       "f:1:1: unknown key \"profile\" in a profile file; did you mean \"profiles\"?"},
      {"profiles: 3\n", "f:1:11: \"profiles\" is the number 3; expected a map of profiles by name"},
      {"profiles: {defualt: {}, other: {}}\n",
       "f:1:11: no profile \"default\"; did you mean \"defualt\"? there are: defualt, other"},
      {"profiles: {default: 7}\n", "f:1:21: a profile is the number 7, not a map"},
      {"profiles:\n  default: {a: [}\n", "f:2:17: not YAML: "},
      {"profiles:\n\tdefault: {}\n", "f:2:9: not YAML: "},
      {"profiles: {default: {}}\n---\nprofiles: {}\n",
       "f:3:1: a second YAML document; one file has one"},
      {"profiles: {default: {}}\n# \x04\nprofiles: {}\n", "f:2:3: a control character"},
      {"# caf\xe9\nprofiles: {default: {}}\n", "f:1:1: this line is not UTF-8"},
      {"profiles:\n  default: {}\n  default: {}\n",
       "f:3:3: the key \"default\" is there twice; keep one of the two"},
      {"profiles: {default: {[a]: b}}\n", "f:1:22: a list as a key; a key is a word"},
      {"profiles: {default: !ruby/object {}}\n",
       "f:1:21: the YAML tag !ruby/object is not supported"},
  };
  for (const auto& [yaml, message] : cases)
    EXPECT_EQ(message_of(yaml).substr(0, std::string(message).size()), message) << yaml;
}

TEST(ProfileErrors, OfAProfile) {
  const Case cases[] = {
      {"limit: {}", "f:3:5: unknown key \"limit\" in a profile; did you mean \"limits\"?"},
      {"plugins: daemonize",
       "f:3:14: \"plugins\" is the text \"daemonize\"; expected a list of plugins"},
      {"plugins: [daemonize]", "f:3:15: a plugin is the text \"daemonize\", not a map"},
      {"plugins: [{}]",
       "f:3:15: a plugin is none of package, path and exec; give one: package: NAME, path: FILE.so "
       "or "
       "exec: [PROGRAM, ARG...]"},
      {"plugins: [{package: a, path: b.so}]",
       "f:3:15: a plugin is more than one of package, path and exec; give one: package: NAME, "
       "path: "
       "FILE.so or exec: [PROGRAM, ARG...]"},
      {"plugins: [{pakage: a}]", "f:3:15: a plugin is none of package, path and exec;"},
      {"plugins: [~]", "f:3:15: a plugin is nothing;"},
      {"plugins: [{package: a, option: {}}]",
       "f:3:28: unknown key \"option\" in a plugin; did you mean \"options\"?"},
      {"plugins: [{package: a, options: [1]}]",
       "f:3:37: \"options\" of a plugin is a list; expected a map"},
      {"plugins: [{package: a/b}]",
       "f:3:15: \"a/b\" is no name of a package; letters, digits, '_', '-' and '.'; for a file use "
       "path: "
       "FILE.so"},
      {"plugins: [{package: a}, {package: a}]",
       "f:3:29: a second plugin with the name \"a\"; give one of them another with name: NAME"},
      {"plugins: [{exec: [x]}]",
       "f:3:15: an exec plugin without a name; add name: NAME, as jobs will call it"},
      {"plugins: [{exec: x, name: y}]",
       "f:3:22: \"exec\" of a plugin is the text \"x\"; expected a list: the program and its "
       "arguments"},
      {"plugins: [{path: $KETREW_NEVER_SET/x.so}]",
       "f:3:15: $KETREW_NEVER_SET in $KETREW_NEVER_SET/x.so is not set"},
      {"plugins: [{package: a, deadlines: {start: never}}]",
       "f:3:47: \"start\" of \"deadlines\" is the text \"never\"; expected a duration from 10ms to "
       "1d, like "
       "30s, 10m or 1h30m"},
      {"hosts: {c: login1}", "f:3:16: the host URI login1 has no absolute path;"},
      {"hosts: {c: 3}",
       "f:3:16: \"c\" of \"hosts\" is the number 3; expected a text; quote it if it is one"},
      {"hosts: {a/b: /x}",
       "f:3:13: \"a/b\" is no name for a host; a name without '/', then its URI"},
      {"engine: {max_attempts: many}",
       "f:3:28: \"max_attempts\" of \"engine\" is the text \"many\"; expected a whole number from "
       "1 to 1000"},
      {"engine: {max_attempts: 1001}",
       "f:3:28: \"max_attempts\" of \"engine\" is the number 1001; expected a whole number from 1 "
       "to 1000"},
      {"engine: {max_attempts: 99999999999999999999}",
       "f:3:28: \"max_attempts\" of \"engine\" is the number 99999999999999999999; expected a "
       "whole number "
       "from 1 to 1000"},
      {"engine: {max_attempts: 1.5}",
       "f:3:28: \"max_attempts\" of \"engine\" is the number 1.5; expected a whole number from 1 "
       "to 1000"},
      {"engine: {lost_after: -3s}",
       "f:3:26: \"lost_after\" of \"engine\" is the text \"-3s\"; expected a"},
      {"engine: {lost_afer: 3s}",
       "f:3:14: unknown key \"lost_afer\" in \"engine\"; did you mean \"lost_after\"?"},
      {"limits: {slurm: {runing: 8}}",
       "f:3:22: unknown key \"runing\" in a limit; did you mean \"running\"?"},
      {"limits: {slurm: {running: 0}}",
       "f:3:31: \"running\" of a limit is the number 0; expected a whole number from 1 to "
       "10000000"},
      {"limits: {slurm: 8}", "f:3:21: a limit is the number 8, not a map"},
      {"listen: {port: 80}",
       "f:3:13: \"listen\" is not available yet; remove it: the Unix socket needs none"},
      {"listen: on", "f:3:13: \"listen\" is not available yet"},
      {"allow_network_file_system: yes",
       "f:3:32: \"allow_network_file_system\" of a profile is the text \"yes\"; expected true or "
       "false"},
      {"log_level: loud",
       "f:3:16: \"log_level\" of a profile is the text \"loud\"; expected one of trace, debug, "
       "info, "
       "warning, error"},
      {"{plugins: [{package: daemonize}], default_backend: daemonise}",
       "f:3:56: \"default_backend\" is \"daemonise\", which is no plugin of this profile; did you "
       "mean "
       "\"daemonize\"?"},
      {"default_host: nowhere",
       "f:3:19: \"default_host\" is no name from \"hosts\", nor a host URI: "},
  };
  for (const auto& [yaml, message] : cases) {
    const std::string got = message_of(in_profile(yaml));
    EXPECT_EQ(got.substr(0, std::string(message).size()), message) << yaml;
    EXPECT_EQ(got.find('\n'), std::string::npos) << got;
  }
}

TEST(ProfileErrors, TheFirstInTheFileIsReported) {
  EXPECT_EQ(message_of(in_profile("zzz: 1\n    engine: {max_attempts: x}\n")).substr(0, 25),
            "f:3:5: unknown key \"zzz\" ");
}

TEST(ProfileErrors, AnAbsentFileIsNamed) {
  const auto profile = load_profile("/nonexistent/ketrew.yaml", "default");
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().kind, ErrorKind::not_found);
  EXPECT_NE(profile.error().what.find("/nonexistent/ketrew.yaml"), std::string::npos);
}

TEST(ProfileErrors, AnUnknownProfileIsNotFound) {
  const auto profile = parse_profile("profiles: {a: {}, b: {}}", "f", "server");
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().kind, ErrorKind::not_found);
  EXPECT_EQ(profile.error().text(), "f:1:11: no profile \"server\"; there are: a, b");
}

}  // namespace
}  // namespace ketrew::profile
