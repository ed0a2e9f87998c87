// One daemon per home, and no home where others may write or locks cannot be kept.
#include "core/store/lock.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/store/examine.hpp"
#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

TEST(HomeLock, OneOwner) {
  Folder folder;
  const std::string home = folder / "new/home";
  EXPECT_EQ(HomeLock::holder(home).value(), 0);
  {
    const auto lock = HomeLock::take(home);
    ASSERT_TRUE(lock) << lock.error().text();
    struct stat st {};
    ASSERT_EQ(::stat(home.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0700u);
    EXPECT_EQ(HomeLock::holder(home).value(), ::getpid());
    const auto second = HomeLock::take(home);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
    EXPECT_NE(second.error().what.find("pid " + std::to_string(::getpid())), std::string::npos);
  }
  EXPECT_EQ(HomeLock::holder(home).value(), 0);
  EXPECT_TRUE(HomeLock::take(home).has_value());
}

TEST(HomeLock, GoesWithItsProcess) {
  Folder folder;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = HomeLock::take(folder.path());
    if (!lock || ::write(ends[1], "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char c = 0;
  ASSERT_EQ(::read(ends[0], &c, 1), 1);
  EXPECT_EQ(HomeLock::holder(folder.path()).value(), child);
  const auto refused = HomeLock::take(folder.path());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find(std::to_string(child)), std::string::npos);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(HomeLock::take(folder.path()).has_value());
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(HomeLock, IsNotInheritedByPrograms) {
  Folder folder;
  std::optional<HomeLock> lock = HomeLock::take(folder.path()).value();
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/sleep", "sleep", "60", nullptr);
    ::_exit(1);
  }
  lock.reset();
  EXPECT_TRUE(wait_until([&] { return HomeLock::take(folder.path()).has_value(); }));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST(HomeLock, RefusesAHomeThatOthersMayWriteTo) {
  Folder folder;
  for (const mode_t mode : {0770u, 0707u, 0777u}) {
    ASSERT_EQ(::chmod(folder.path().c_str(), mode), 0);
    const auto lock = HomeLock::take(folder.path());
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error().kind, ErrorKind::denied);
  }
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  EXPECT_TRUE(HomeLock::take(folder.path()).has_value());
}

TEST(HomeLock, RefusesAHomeOfSomebodyElse) {
  Folder folder;
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(folder.path().c_str(), 12345, 12345), 0);
    EXPECT_EQ(HomeLock::take(folder.path()).error().kind, ErrorKind::denied);
  } else {
    EXPECT_FALSE(HomeLock::take("/"));
  }
}

TEST(HomeLock, RefusesALinkInPlaceOfTheLock) {
  Folder folder;
  ASSERT_EQ(::symlink("/etc/passwd", (folder / "lock").c_str()), 0);
  EXPECT_FALSE(HomeLock::take(folder.path()));
  EXPECT_FALSE(HomeLock::holder(folder.path()));
}

TEST(NetworkFileSystem, ByNumberAndType) {
  for (const std::uint64_t magic :
       {0x6969u, 0x517bu, 0xff534d42u, 0xfe534d42u, 0x0bd00bd0u, 0x47504653u, 0x00c36400u,
        0x01021997u, 0x5346414fu, 0x6b414653u})
    EXPECT_NE(network_file_system(magic, ""), "") << magic;
  EXPECT_NE(network_file_system(0xffffffffff534d42u, ""), "");  // as a signed number gives it
  EXPECT_EQ(network_file_system(0xef53, "ext4"), "");
  EXPECT_EQ(network_file_system(0x9123683e, "btrfs"), "");
  EXPECT_EQ(network_file_system(0x01021994, "tmpfs"), "");
  EXPECT_EQ(network_file_system(0x65735546, "fuse.sshfs"), "fuse.sshfs");
  EXPECT_EQ(network_file_system(0x65735546, "fuseblk"), "");
}

TEST(NetworkFileSystem, OursIsLocal) {
  Folder folder;
  EXPECT_TRUE(refuse_network_file_system(folder.path()).has_value());
  EXPECT_FALSE(refuse_network_file_system(folder / "absent"));
}

}  // namespace
}  // namespace ketrew::store
