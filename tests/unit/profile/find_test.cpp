#include "core/profile/find.hpp"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/base/file.hpp"

namespace ketrew::profile {
namespace {

class Find : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "ketrew-find-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    for (const char* each : {"KETREW_HOME", "KETREW_CONFIG", "KETREW_PROFILE", "KETREW_SHARE"})
      ::unsetenv(each);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(Find, TheHome) {
  ::setenv("HOME", "/home/me", 1);
  EXPECT_EQ(ketrew_home().value(), "/home/me/.ketrew");
  ::setenv("KETREW_HOME", "/data/k//", 1);
  EXPECT_EQ(ketrew_home().value(), "/data/k");
  EXPECT_EQ(socket_path("/data/k"), "/data/k/ketrewd.sock");
  ::setenv("KETREW_HOME", "relative", 1);
  EXPECT_EQ(ketrew_home().value()[0], '/');
}

TEST_F(Find, TheProfileFileInItsOrder) {
  ::setenv("KETREW_SHARE", (folder_ + "/share").c_str(), 1);
  EXPECT_EQ(find_profile_file("", folder_)->path, folder_ + "/share/ketrew.yaml");
  ASSERT_TRUE(write_file_atomically(folder_ + "/ketrew.yaml", "profiles: {}\n"));
  EXPECT_EQ(find_profile_file("", folder_)->path, folder_ + "/ketrew.yaml");
  ::setenv("KETREW_CONFIG", "/elsewhere/x.yaml", 1);
  EXPECT_EQ(find_profile_file("", folder_)->path, "/elsewhere/x.yaml");
  EXPECT_EQ(find_profile_file("given.yaml", folder_)->path, "given.yaml");
  EXPECT_EQ(find_profile_file("given.yaml", folder_)->chosen_by, "--config");
}

TEST_F(Find, TheBuildTreeHasTheShippedProfile) {
  const auto found = find_profile_file("", folder_);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_TRUE(read_file(found->path)) << found->path;
}

TEST_F(Find, TheProfileName) {
  EXPECT_EQ(profile_name(""), "default");
  ::setenv("KETREW_PROFILE", "server", 1);
  EXPECT_EQ(profile_name(""), "server");
  EXPECT_EQ(profile_name("mine"), "mine");
}

TEST_F(Find, KetrewShareIsKnownWithoutTheEnvironment) {
  EXPECT_EQ(expand("$KETREW_SHARE/a").value(), share_folder() + "/a");
  EXPECT_EQ(expand("${KETREW_SHARE}/a").value(), share_folder() + "/a");
  EXPECT_FALSE(expand("$KETREW_SHARED/a"));
  ::setenv("KETREW_SHARE", "/s", 1);
  EXPECT_EQ(expand("$KETREW_SHARE/a").value(), "/s/a");
}

}  // namespace
}  // namespace ketrew::profile
