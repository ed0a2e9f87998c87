// Copies while work goes on.
#include <thread>

#include <sqlite3.h>
#include <sys/stat.h>

#include "core/base/file.hpp"
#include "tests/unit/store/faulty_vfs.hpp"
#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

Result<> backup(Store& store, const std::string& path) {
  std::promise<Result<>> promise;
  store.backup(path, [&](Result<> r) { promise.set_value(std::move(r)); });
  return promise.get_future().get();
}

TEST(Backup, IsConsistentWhileWorkGoesOn) {
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  ASSERT_TRUE(submit(*store, maker.submission(5000)));
  std::atomic<bool> stop{false};
  std::thread worker([&] {
    while (!stop) {
      Submission submission = maker.submission(10);
      JobRecord changing = submission.jobs[0];
      submit(*store, submission).value();
      change(*store, to_state(maker, changing, State::succeeded));
    }
  });
  for (int i = 0; i < 5; ++i) {
    const std::string path = folder / ("copy" + std::to_string(i));
    const auto done = backup(*store, path);
    ASSERT_TRUE(done) << done.error().text();
    struct stat st {};
    ASSERT_EQ(::stat(path.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0600u);
    auto copy = open_or_fail(path);
    EXPECT_EQ(sqlite_number(path, "SELECT sum(jobs) = (SELECT count(*) FROM jobs) FROM totals"), 1);
    EXPECT_GE(totals(*copy)[0], 5000);
    EXPECT_EQ(history(*copy, 1).size(), 1u);
  }
  stop = true;
  worker.join();
}

TEST(Backup, NeverOverAnExistingFile) {
  Folder folder;
  auto store = open_or_fail(folder / "db");
  ASSERT_TRUE(write_file_atomically(folder / "there", "precious"));
  const auto done = backup(*store, folder / "there");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::conflict);
  EXPECT_EQ(read_file(folder / "there").value(), "precious");
  EXPECT_FALSE(backup(*store, folder / "db"));
  EXPECT_FALSE(backup(*store, folder / "no/such/folder"));
}

TEST(Backup, ToAFullDiskLeavesNothing) {
  Folder folder;
  Maker maker;
  FaultyVfs vfs;
  auto store = open_or_fail(folder / "db");
  ASSERT_TRUE(submit(*store, maker.submission(1000)));
  vfs.fail_writes(SQLITE_FULL, 2);
  const auto done = backup(*store, folder / "copy");
  vfs.heal();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::unavailable);
  for (const auto& [name, content] : folder.contents()) EXPECT_EQ(name.rfind("db", 0), 0u) << name;
  EXPECT_TRUE(backup(*store, folder / "copy").has_value());
}

}  // namespace
}  // namespace ketrew::store
