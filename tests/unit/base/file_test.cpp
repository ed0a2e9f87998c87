#include "core/base/file.hpp"

#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/base/random_bytes.hpp"

namespace ketrew {
namespace {

class File : public testing::Test {
 protected:
  File() {
    char name[] = "/tmp/ketrew-base-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~File() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string at(const std::string& name) const { return path_join(folder_, name); }
  std::string folder_;
};

TEST_F(File, WrittenIsRead) {
  RandomBytes random(1);
  for (const std::size_t size : {0u, 1u, 65536u, 200'000u}) {
    const std::string bytes = random.bytes(size);
    ASSERT_TRUE(write_file_atomically(at("file"), bytes, 0640));
    EXPECT_EQ(read_file(at("file")).value(), bytes);
    struct stat st {};
    ASSERT_EQ(::stat(at("file").c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0640u);
  }
  ASSERT_TRUE(write_file_atomically(at("file"), "0123456789"));
  EXPECT_EQ(read_file(at("file"), 4).value(), "0123");
  EXPECT_EQ(read_file(at("file"), 0).value(), "");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1)
      << "a temporary is left";
}

TEST_F(File, AbsenceIsNotFailure) {
  EXPECT_EQ(read_file(at("absent")).error().kind, ErrorKind::not_found);
  EXPECT_NE(read_file(folder_).error().kind, ErrorKind::not_found);
  if (::geteuid() != 0) {
    ASSERT_TRUE(write_file_atomically(at("closed"), "x", 0000));
    EXPECT_EQ(read_file(at("closed")).error().kind, ErrorKind::denied);
  }
}

TEST_F(File, ThePastStaysWhenWritingFails) {
  ASSERT_TRUE(write_file_atomically(at("file"), "old"));
  ASSERT_TRUE(make_directories(at("folder/inner")));
  EXPECT_FALSE(write_file_atomically(at("folder"), "new"));
  EXPECT_FALSE(write_file_atomically(at("absent/file"), "new"));
  EXPECT_EQ(read_file(at("file")).value(), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 2)
      << "a temporary is left";
}

TEST_F(File, MakesDirectories) {
  const mode_t mask = ::umask(0);
  EXPECT_TRUE(make_directories(at("a/b/c"), 0700));
  EXPECT_TRUE(make_directories(at("a/b/c/"), 0700));
  EXPECT_TRUE(make_directories(at("a//b"), 0700));
  ::umask(mask);
  struct stat st {};
  ASSERT_EQ(::stat(at("a/b").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0700u);
  ASSERT_TRUE(write_file_atomically(at("file"), ""));
  EXPECT_FALSE(make_directories(at("file")));
  EXPECT_FALSE(make_directories(at("file/inner")));
  EXPECT_FALSE(make_directories(""));
  EXPECT_TRUE(make_directories("/"));
}

TEST_F(File, FdClosesAndMoves) {
  int raw = -1;
  {
    Fd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    raw = fd.get();
    Fd moved(std::move(fd));
    EXPECT_EQ(moved.get(), raw);
    EXPECT_GE(::fcntl(raw, F_GETFD), 0);
  }
  EXPECT_LT(::fcntl(raw, F_GETFD), 0);
}

TEST(ExpandPath, Variables) {
  ASSERT_EQ(::setenv("KETREW_TEST_A", "one", 1), 0);
  ASSERT_EQ(::setenv("KETREW_TEST_B", "", 1), 0);
  ASSERT_EQ(::setenv("HOME", "/home/me", 1), 0);
  ::unsetenv("KETREW_TEST_C");
  EXPECT_EQ(expand_path("/x/$KETREW_TEST_A/y").value(), "/x/one/y");
  EXPECT_EQ(expand_path("${KETREW_TEST_A}two").value(), "onetwo");
  EXPECT_EQ(expand_path("a${KETREW_TEST_B}b").value(), "ab");
  EXPECT_EQ(expand_path("~").value(), "/home/me");
  EXPECT_EQ(expand_path("~/x").value(), "/home/me/x");
  EXPECT_EQ(expand_path("/a~b/~").value(), "/a~b/~");
  EXPECT_EQ(expand_path("").value(), "");
  for (const std::string bad :
       {"$KETREW_TEST_C", "$", "a$", "$/x", "${", "${}", "${KETREW_TEST_A", "${KETREW TEST}"})
    EXPECT_FALSE(expand_path(bad)) << bad;
}

TEST(PathJoin, OneSlash) {
  EXPECT_EQ(path_join("/a", "b"), "/a/b");
  EXPECT_EQ(path_join("/a/", "b"), "/a/b");
  EXPECT_EQ(path_join("", "b"), "b");
}

TEST(Error, ErrnoIsSorted) {
  EXPECT_EQ(fail_errno("x", ENOENT).value().kind, ErrorKind::not_found);
  EXPECT_EQ(fail_errno("x", ENOSPC).value().kind, ErrorKind::unavailable);
  EXPECT_EQ(fail_errno("x", EMFILE).value().kind, ErrorKind::unavailable);
  EXPECT_EQ(fail_errno("x", EACCES).value().kind, ErrorKind::denied);
  const std::string what = fail_errno("open", ENOENT).value().what;
  EXPECT_EQ(what.rfind("open: No such file", 0), 0u) << what;
  EXPECT_EQ((Error{ErrorKind::invalid, "what", "hint"}).text(), "what; hint");
  EXPECT_EQ((Error{ErrorKind::invalid, "what", ""}).text(), "what");
}

}  // namespace
}  // namespace ketrew
