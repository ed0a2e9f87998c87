#include "app/ketrewd/plugins.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/ketrewd/trust.hpp"
#include "core/base/file.hpp"
#include "tests/unit/ketrewd/temporary_directory.hpp"

namespace ketrew::daemon {
namespace {

using profile::Plugin;

class PluginsTest : public testing::Test {
 protected:
  PluginsTest() {
    places.packages = {directory / "first", directory / "second"};
    places.host = directory / "host";
    places.user = ::geteuid();
    write("host", "#!/bin/sh\n", 0755);
  }
  std::string write(const std::string& name, const std::string& content, mode_t mode = 0644) {
    const std::string path = directory / name;
    EXPECT_TRUE(make_directories(path.substr(0, path.rfind('/')), 0755));
    std::ofstream(path) << content;
    ::chmod(path.c_str(), mode);
    return path;
  }
  void package(const std::string& folder, const std::string& name, const std::string& more = "",
               int abi = 1) {
    write(folder + "/" + name + "/backend.yaml",
          "name: " + name + "\nmodule: " + name + ".so\nversion: 1\nabi: " + std::to_string(abi) +
              "\n" + more);
    write(folder + "/" + name + "/" + name + ".so", "module " + name);
  }
  static Plugin use(const std::string& name) {
    Plugin plugin;
    plugin.package = plugin.name = name;
    plugin.where = "ketrew.yaml:3:7";
    return plugin;
  }
  static Plugin path(const std::string& file) {
    Plugin plugin;
    plugin.kind = Plugin::Kind::path;
    plugin.path = file;
    plugin.name = "module";
    plugin.where = "ketrew.yaml:3:7";
    return plugin;
  }
  static Plugin exec(const std::vector<std::string>& command) {
    Plugin plugin;
    plugin.kind = Plugin::Kind::exec;
    plugin.command = command;
    plugin.name = "program";
    plugin.where = "ketrew.yaml:3:7";
    return plugin;
  }
  Result<Launch> resolve(const Plugin& plugin) {
    auto all = resolve_plugins({plugin}, places);
    EXPECT_EQ(all.size(), 1u);
    return std::move(all[0].launch);
  }
  void expect_refused(const Plugin& plugin, ErrorKind kind, const std::string& word) {
    const auto launch = resolve(plugin);
    ASSERT_FALSE(launch) << word;
    EXPECT_EQ(launch.error().kind, kind) << launch.error().text();
    EXPECT_NE(launch.error().text().find(word), std::string::npos) << launch.error().text();
    EXPECT_TRUE(launch.error().what.starts_with("ketrew.yaml:3:7: plugin " + plugin.name))
        << launch.error().text();
    EXPECT_EQ(launch.error().text().find('\n'), std::string::npos);
  }
  std::string canonical(const std::string& path_in) {
    return trusted_file(path_in, places.user).value_or("");
  }

  TemporaryDirectory directory;
  PluginPlaces places;
};

TEST_F(PluginsTest, APackageAndWhatItRequires) {
  package("second", "base");
  package("second", "middle", "requires: [base]\n");
  package("first", "top", "requires: [middle, base]\n");
  const auto launch = resolve(use("top"));
  ASSERT_TRUE(launch) << launch.error().text();
  const auto module = [&](const char* where) { return canonical(directory / where); };
  EXPECT_EQ(launch->argv,
            (std::vector<std::string>{module("host"), "--module", module("first/top/top.so"),
                                      "--require", module("second/base/base.so"), "--require",
                                      module("second/middle/middle.so")}));
  EXPECT_EQ(launch->file, module("first/top/top.so"));
}

TEST_F(PluginsTest, TheFirstFolderWins) {
  package("second", "one");
  package("first", "one");
  EXPECT_EQ(resolve(use("one"))->file, canonical(directory / "first/one/one.so"));
}

TEST_F(PluginsTest, WhatIsMissingIsNamed) {
  expect_refused(use("absent"), ErrorKind::not_found, "no package \"absent\"");
  package("first", "needy", "requires: [lost]\n");
  expect_refused(use("needy"), ErrorKind::not_found, "\"lost\", which needy requires");
  package("first", "hollow");
  ::unlink((directory / "first/hollow/hollow.so").c_str());
  expect_refused(use("hollow"), ErrorKind::not_found, "hollow.so");
  expect_refused(path(directory / "no.so"), ErrorKind::not_found, "no.so");
  expect_refused(exec({"no-such-program-anywhere"}), ErrorKind::not_found, "no-such-program");
  expect_refused(path(directory.path), ErrorKind::invalid, "not a regular file");
}

TEST_F(PluginsTest, CirclesAreNamed) {
  package("first", "a", "requires: [b]\n");
  package("first", "b", "requires: [c]\n");
  package("first", "c", "requires: [a]\n");
  expect_refused(use("a"), ErrorKind::invalid, "a requires b requires c requires a");
}

TEST_F(PluginsTest, ManifestsOfAnotherAbiOrName) {
  package("first", "old", "", 7);
  expect_refused(use("old"), ErrorKind::invalid, "ABI 7");
  package("first", "wrong");
  write("first/wrong/backend.yaml", "name: other\nmodule: wrong.so\nversion: 1\nabi: 1\n");
  expect_refused(use("wrong"), ErrorKind::invalid, "\"other\"");
  write("first/wrong/backend.yaml", "name: [\n");
  expect_refused(use("wrong"), ErrorKind::invalid, "backend.yaml");
}

TEST_F(PluginsTest, FilesThatOthersMayWriteTo) {
  const std::string module = write("mine/module.so", "module", 0644);
  EXPECT_TRUE(resolve(path(module)));
  ::chmod(module.c_str(), 0664);
  expect_refused(path(module), ErrorKind::denied, "module.so can be written to by others");
  ::chmod(module.c_str(), 0646);
  expect_refused(path(module), ErrorKind::denied, "module.so can be written to by others");
  ::chmod(module.c_str(), 0644);
  ::chmod((directory / "mine").c_str(), 0777);
  expect_refused(path(module), ErrorKind::denied, "its directory");
  ::chmod((directory / "mine").c_str(), 01777);
  EXPECT_TRUE(resolve(path(module)));
  // A link does not hide what it points to.
  ::chmod(module.c_str(), 0666);
  ASSERT_EQ(::symlink(module.c_str(), (directory / "link.so").c_str()), 0);
  expect_refused(path(directory / "link.so"), ErrorKind::denied, "mine/module.so");
}

TEST_F(PluginsTest, FilesOfSomebodyElse) {
  const std::string module = write("mine/module.so", "module");
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(module.c_str(), 65534, 65534), 0);
    expect_refused(path(module), ErrorKind::denied, "belongs to user 65534");
    // The daemon of that user takes it; root's directories above are fine as well.
    places.user = 65534;
    EXPECT_TRUE(resolve(path(module)));
  } else {
    places.user = ::geteuid() + 1;
    const auto refused = trusted_file(module, places.user);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::denied);
  }
}

TEST_F(PluginsTest, Programs) {
  const std::string program = write("bin/backend", "#!/bin/sh\n", 0755);
  const auto direct = resolve(exec({program, "--fast"}));
  ASSERT_TRUE(direct) << direct.error().text();
  EXPECT_EQ(direct->argv, (std::vector<std::string>{program, "--fast"}));
  ::chmod(program.c_str(), 0644);
  expect_refused(exec({program}), ErrorKind::denied, "not executable");
  // The script of an interpreter counts as the backend.
  const auto script = resolve(exec({"sh", "-e", program}));
  ASSERT_TRUE(script) << script.error().text();
  EXPECT_EQ(script->file, program);
  EXPECT_EQ(script->argv[0].front(), '/');
  ::chmod(program.c_str(), 0666);
  expect_refused(exec({"sh", "-e", program}), ErrorKind::denied, "written to by others");
}

TEST_F(PluginsTest, FingerprintsChangeWithFilesAndOptions) {
  package("first", "base");
  package("first", "top", "requires: [base]\n");
  Plugin plugin = use("top");
  const auto print = [&] { return resolve(plugin)->fingerprint; };
  const std::string before = print();
  EXPECT_EQ(before, print());
  write("first/base/base.so", "module BASE");
  const std::string after = print();
  EXPECT_NE(before, after);
  plugin.options["x"] = 1;
  EXPECT_NE(print(), after);
}

TEST_F(PluginsTest, TwoOfOneName) {
  package("first", "one");
  const auto all = resolve_plugins({use("one"), use("one")}, places);
  EXPECT_TRUE(all[0].launch);
  ASSERT_FALSE(all[1].launch);
  EXPECT_NE(all[1].launch.error().what.find("second backend is called \"one\""), std::string::npos);
}

TEST_F(PluginsTest, PlacesFromTheEnvironment) {
  ::setenv("KETREW_PLUGIN_PATH", "/a::$KETREW_TEST_B", 1);
  ::setenv("KETREW_TEST_B", "/b", 1);
  const auto found = plugin_places();
  ::unsetenv("KETREW_PLUGIN_PATH");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->packages.size(), 3u);
  EXPECT_EQ(found->packages[0], "/a");
  EXPECT_EQ(found->packages[1], "/b");
  EXPECT_TRUE(found->packages[2].ends_with("/lib/ketrew/backends"));
  EXPECT_TRUE(found->host.ends_with("/libexec/ketrew/ketrew-backend-host"));
}

}  // namespace
}  // namespace ketrew::daemon
