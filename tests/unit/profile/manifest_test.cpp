#include "core/profile/manifest.hpp"

#include <gtest/gtest.h>

namespace ketrew::profile {
namespace {

TEST(Manifest, ReadsEveryKey) {
  const auto manifest = parse_manifest(
      "name: example_date\nmodule: example_date.so\nversion: 1.10\nabi: 1\nrequires: [daemonize]\n"
      "description: tells the date\n",
      "f");
  ASSERT_TRUE(manifest) << manifest.error().text();
  EXPECT_EQ(manifest->name, "example_date");
  EXPECT_EQ(manifest->module, "example_date.so");
  EXPECT_EQ(manifest->version, "1.10") << "as it is written";
  EXPECT_EQ(manifest->abi, 1);
  EXPECT_EQ(manifest->required, std::vector<std::string>{"daemonize"});
  EXPECT_EQ(manifest->description, "tells the date");
}

TEST(Manifest, ErrorsNameThePlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "f:1:1: no \"name\" in the manifest"},
      {"name: a\nmodule: a.so\nversion: 1\n", "f:1:1: no \"abi\" in the manifest"},
      {"name: a\nmodule: ../a.so\nversion: 1\nabi: 1\n",
       "f:2:9: \"module\" of a backend manifest is no plain file name; the module lies beside its "
       "manifest"},
      {"name: a\nmodule: a.so\nversion: 1\nabi: one\n",
       "f:4:6: \"abi\" of a backend manifest is the text"},
      {"name: a\nmodule: a.so\nversion: 1\nabi: 1\nrequire: [b]\n",
       "f:5:1: unknown key \"require\" in a backend manifest; did you mean \"requires\"?"},
      {"name: a\nmodule: a.so\nversion: 1\nabi: 1\nrequires: b\n",
       "f:5:11: \"requires\" of a backend manifest is the text \"b\"; expected a list of texts"},
      {"name: a\nmodule: a.so\nversion: 1\nabi: 1\nrequires: [a]\n",
       "f:5:11: \"a\" in \"requires\" is the package itself"},
  };
  for (const auto& [yaml, message] : cases) {
    const auto manifest = parse_manifest(yaml, "f");
    ASSERT_FALSE(manifest) << yaml;
    EXPECT_EQ(manifest.error().text().substr(0, std::string(message).size()), message);
  }
}

}  // namespace
}  // namespace ketrew::profile
