#include "core/host/shell_answer.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "core/host/ssh.hpp"

namespace ketrew::host {
namespace {

TEST(ShellAnswer, NoiseBeforeItIsSkippedAndCutsAreNotBelieved) {
  CommandOutput output;
  output.exit_code = 0;
  output.out = "Welcome!\nketrew-begin 7\nrows\n\nketrew-end 7 3\n";
  const auto whole = read_shell_answer(output, "7", "host");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->out, "rows\n");
  EXPECT_EQ(whole->exit_code, 3);
  const std::string text = output.out;
  for (std::size_t size = 0; size < text.size(); ++size) {
    output.out = text.substr(0, size);
    const auto cut = read_shell_answer(output, "7", "host");
    ASSERT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().kind, ErrorKind::unavailable);
  }
  EXPECT_FALSE(read_shell_answer(output, "8", "host"));
}

TEST(ShellAnswer, SshsWordsAreKept) {
  CommandOutput output;
  output.exit_code = 255;
  output.err = "ssh: connect to host x port 22: Connection refused\n";
  const auto answer = read_shell_answer(output, "7", "x");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().what.find("Connection refused"), std::string::npos);
  output.timed_out = true;
  EXPECT_EQ(read_shell_answer(output, "7", "x").error().kind, ErrorKind::timeout);
}

TEST(ShellAnswer, FilesHaveThreeAnswers) {
  const std::string paths[] = {"/a", "/b", "/c", "/d"};
  const auto files =
      read_files_answer("here 4\na\n\nb\nabsent\nunreadable\nhere 9\ncut", paths, "h");
  ASSERT_EQ(files.size(), 4u);
  EXPECT_EQ(files[0].value_or(""), "a\n\nb");
  EXPECT_EQ(files[1].error().kind, ErrorKind::not_found);
  EXPECT_EQ(files[2].error().kind, ErrorKind::unavailable);
  EXPECT_EQ(files[3].error().kind, ErrorKind::unavailable);
}

TEST(Host, RunsTextsAndKeepsFilesOnThisMachine) {
  char folder[] = "/tmp/ketrew-host-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  HostUri uri;
  uri.playground = folder;
  const Host host(uri, std::string(folder) + "/ssh");
  const auto ran = host.run("echo out; echo err >&2; return 5");
  ASSERT_TRUE(ran) << ran.error().text();
  EXPECT_EQ(ran->out, "out\n");
  EXPECT_EQ(ran->err, "err\n");
  EXPECT_EQ(ran->exit_code, 5);
  const std::string path = std::string(folder) + "/file";
  const NewFile file{path, "0123456789", 0600};
  ASSERT_TRUE(host.put({&file, 1}));
  EXPECT_EQ(host.read(path, -4, 2)->text, "67");
  EXPECT_EQ(host.read(path, 100, 2)->text, "");
  const std::string paths[] = {path, path + "-absent"};
  const auto got = host.get(paths);
  EXPECT_EQ(got[0].value_or(""), "0123456789");
  EXPECT_EQ(got[1].error().kind, ErrorKind::not_found);
  ASSERT_EQ(std::system((std::string("rm -r ") + folder).c_str()), 0);
}

TEST(Command, DeadlineEndsItAndItsGroup) {
  CommandLimits limits;
  limits.deadline = Milliseconds(200);
  const auto ran = run_command({"sh", "-c", "sleep 100 & sleep 100"}, "", limits);
  ASSERT_TRUE(ran);
  EXPECT_TRUE(ran->timed_out);
  EXPECT_FALSE(run_command({"/no/such/program"}, ""));
}

TEST(Command, WhatItLeavesBehindHoldsNobodyUp) {
  const auto ran = run_command({"sh", "-c", "sleep 5 & echo done"}, std::string(1 << 20, 'x'));
  ASSERT_TRUE(ran);
  EXPECT_EQ(ran->out, "done\n");
  EXPECT_EQ(ran->exit_code, 0);
}

TEST(Ssh, OptionsOfTheUriComeFirst) {
  auto uri = parse_host_uri("ssh://me@login1:2222/pg?ssh-option=-K");
  ASSERT_TRUE(uri);
  const auto argv = ssh_command(*uri, "/home/me/.ketrew/ssh", "exec /bin/sh -s");
  EXPECT_EQ(argv[0], "ssh");
  EXPECT_EQ(argv[1], "-K");
  EXPECT_EQ(argv.back(), "exec /bin/sh -s");
  EXPECT_EQ(argv[argv.size() - 2], "login1");
  EXPECT_EQ(argv[argv.size() - 3], "--");
  auto other = *uri;
  other.ssh_options.clear();
  EXPECT_NE(control_path(*uri, "/c"), control_path(other, "/c"));
}

}  // namespace
}  // namespace ketrew::host
