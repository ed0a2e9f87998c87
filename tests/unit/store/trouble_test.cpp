// The disk is full, slow, broken or locked: nothing acknowledged is lost, nothing is guessed, and
// work goes on by itself.
#include <fstream>
#include <thread>

#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/store/sqlite.hpp"
#include "tests/unit/store/faulty_vfs.hpp"
#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

// Breaks the disk by `fault`, repairs it by `heal`, and looks at what the store makes of it.
void broken_and_healed(const std::string& path, const std::function<void()>& fault,
                       const std::function<void()>& heal) {
  Told told;
  Maker maker;
  auto store = open_or_fail(options_for(path, &told));
  Submission first = maker.submission(2);
  ASSERT_TRUE(submit(*store, first));
  EXPECT_EQ(store->problem(), "");

  fault();
  const auto refused = submit(*store, maker.submission(200));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  std::atomic<int> written{0};
  std::vector<HistoryEntry> expected{first.history[0]};
  JobRecord& changing = first.jobs[0];
  for (const State state : {State::starting, State::running, State::succeeded}) {
    Changes changes = to_state(maker, changing, state);
    // Large, so that it does not fit into what a full disk has left.
    changes.jobs[0].progress.message = changing.progress.message = std::string(300'000, 'x');
    expected.push_back(changes.history[0]);
    store->change(std::move(changes), [&written, n = expected.size()] {
      EXPECT_EQ(written.fetch_add(1) + 2, static_cast<int>(n));  // in order
    });
  }
  const auto refused_too = submit(*store, maker.submission(200));
  ASSERT_FALSE(refused_too);
  EXPECT_EQ(written, 0);
  EXPECT_NE(store->problem(), "");
  EXPECT_TRUE(told.wait([](const Told& t) { return t.healths().size() == 1; }));
  // Reading goes on.
  EXPECT_EQ(totals(*store)[0], 2);

  heal();
  EXPECT_TRUE(wait_until([&] { return written == 3; }));
  EXPECT_TRUE(wait_until([&] { return store->problem().empty(); }));
  EXPECT_TRUE(told.wait([](const Told& t) { return t.healths().size() == 2; }));
  EXPECT_EQ(told.healths()[1], "");
  EXPECT_TRUE(submit(*store, maker.submission(1)).has_value());
  EXPECT_TRUE(told.fatals().empty());
  store.reset();

  store = open_or_fail(path);
  EXPECT_TRUE(same(job(*store, changing.key), changing));
  EXPECT_EQ(history(*store, changing.key), expected);
  Totals all{};
  all[0] = 2;
  all[static_cast<std::size_t>(State::succeeded)] = 1;
  EXPECT_EQ(totals(*store), all);
}

TEST(Trouble, DiskFull) {
  Folder folder;
  FaultyVfs vfs;
  broken_and_healed(
      folder / "db", [&] { vfs.fail_writes(SQLITE_FULL); }, [&] { vfs.heal(); });
}
TEST(Trouble, WriteErrors) {
  Folder folder;
  FaultyVfs vfs;
  broken_and_healed(
      folder / "db", [&] { vfs.fail_writes(SQLITE_IOERR_WRITE); }, [&] { vfs.heal(); });
}
TEST(Trouble, SyncErrors) {
  Folder folder;
  FaultyVfs vfs;
  broken_and_healed(
      folder / "db", [&] { vfs.fail_syncs(SQLITE_IOERR_FSYNC); }, [&] { vfs.heal(); });
}

// With nothing to write, whether writing works again is found out by writing.
TEST(Trouble, ItIsWellWhenAWriteSaysSo) {
  Folder folder;
  FaultyVfs vfs;
  Told told;
  Maker maker;
  auto store = open_or_fail(options_for(folder / "db", &told));
  ASSERT_TRUE(submit(*store, maker.submission(1)));
  vfs.fail_writes(SQLITE_FULL);
  ASSERT_FALSE(submit(*store, maker.submission(1)));
  const int before = vfs.writes();
  EXPECT_TRUE(wait_until([&] { return vfs.writes() > before + 1 || told.healths().size() > 1; }));
  EXPECT_EQ(told.healths().size(), 1u) << "nothing was mended";
  vfs.heal();
  EXPECT_TRUE(told.wait([](const Told& t) { return t.healths().size() == 2; }));
}

// The disk failed while it was told to keep it: a crash may find it there, and nobody is told otherwise.
TEST(Trouble, ARefusalInDoubtSaysSo) {
  Folder folder;
  FaultyVfs vfs;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  vfs.fail_syncs(SQLITE_IOERR_FSYNC);
  const auto in_doubt = submit(*store, maker.submission(1));
  ASSERT_FALSE(in_doubt);
  EXPECT_NE(in_doubt.error().hint, "");
  vfs.heal();
  vfs.fail_writes(SQLITE_FULL);
  const auto refused = submit(*store, maker.submission(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().hint, "");
}

// A real file system without space left.
TEST(Trouble, SmallFileSystem) {
  Folder folder;
  if (::geteuid() != 0 || ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=2m") != 0)
    GTEST_SKIP() << "only root can mount a small file system; Trouble.DiskFull tests the same";
  broken_and_healed(
      folder / "db",
      [&] {
        std::ofstream ballast(folder / "ballast", std::ios::binary);
        const std::string block(4096, 'x');
        while (ballast.write(block.data(), 4096) && ballast.flush()) {
        }
      },
      [&] { ::unlink((folder / "ballast").c_str()); });
  EXPECT_EQ(::umount(folder.path().c_str()), 0);
}

// The same by a limit that ordinary users have too.
TEST(Trouble, FileSizeLimit) {
  Folder folder;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, SIG_IGN);
  broken_and_healed(
      folder / "db",
      [&] {
        rlimit small = before;
        small.rlim_cur = 150'000;
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
      },
      [&] { ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0); });
  ::signal(SIGXFSZ, SIG_DFL);
}

TEST(Trouble, WorksAgainWithoutAnythingToWrite) {
  Folder folder;
  FaultyVfs vfs;
  Told told;
  Maker maker;
  auto store = open_or_fail(options_for(folder / "db", &told));
  vfs.fail_writes(SQLITE_FULL);
  EXPECT_FALSE(submit(*store, maker.submission(1)));
  EXPECT_NE(store->problem(), "");
  vfs.heal();
  EXPECT_TRUE(wait_until([&] { return store->problem().empty(); }));
}

TEST(Trouble, StoppingWithABrokenDiskEnds) {
  Folder folder;
  FaultyVfs vfs;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  Submission submission = maker.submission(1);
  ASSERT_TRUE(submit(*store, submission));
  vfs.fail_writes(SQLITE_FULL);
  std::atomic<bool> written{false};
  store->change(to_state(maker, submission.jobs[0], State::running), [&] { written = true; });
  std::optional<Result<Accepted>> answer;
  store->submit(maker.submission(1), [&](Result<Accepted> r) { answer = std::move(r); });
  store.reset();
  EXPECT_FALSE(written);
  ASSERT_TRUE(answer.has_value());
  EXPECT_FALSE(answer->has_value());
  vfs.heal();
  EXPECT_EQ(totals(*open_or_fail(folder / "db"))[0], 1);
}

// Fails at the 1st, 2nd, 3rd ... write of a group: all of it or nothing, and never damaged.
TEST(Trouble, AtEveryWrite) {
  Folder folder;
  FaultyVfs vfs;
  std::int64_t stored = 0;
  bool through = false;
  for (int n = 0; !through; ++n) {
    ASSERT_LT(n, 1000);
    auto store = open_or_fail(folder / "db");
    ASSERT_EQ(totals(*store)[0], stored) << "after write " << n;
    Maker maker;
    maker.follow(*store);
    vfs.fail_writes(SQLITE_IOERR_WRITE, n);
    const auto result = submit(*store, maker.submission(100));
    through = result.has_value();
    vfs.heal();
    stored += through ? 100 : 0;
    ASSERT_EQ(totals(*store)[0], stored);
    ASSERT_EQ(sqlite_number(folder / "db", "SELECT count(*) FROM jobs"), stored);
  }
  EXPECT_EQ(stored, 100);
}

TEST(Trouble, ALockOfAnotherProcessIsWaitedFor) {
  Folder folder;
  Told told;
  Maker maker;
  OpenOptions options = options_for(folder / "db", &told);
  options.busy_patience = Milliseconds(20);
  auto store = open_or_fail(options);
  Submission submission = maker.submission(1);
  ASSERT_TRUE(submit(*store, submission));

  Connection other;
  other.open(folder / "db", SQLITE_OPEN_READWRITE);
  other.begin_immediate();
  std::atomic<bool> written{false};
  store->change(to_state(maker, submission.jobs[0], State::running), [&] { written = true; });
  EXPECT_TRUE(told.wait([](const Told& t) { return !t.healths().empty(); }));
  EXPECT_NE(told.healths()[0].find("lock"), std::string::npos) << told.healths()[0];
  EXPECT_FALSE(submit(*store, maker.submission(1)));
  EXPECT_FALSE(written);
  EXPECT_EQ(totals(*store)[0], 1);
  other.rollback();
  EXPECT_TRUE(wait_until([&] { return written.load(); }));
  EXPECT_TRUE(wait_until([&] { return store->problem().empty(); }));
  EXPECT_TRUE(told.fatals().empty());
}

TEST(Trouble, ANewerOwnerStopsTheOlder) {
  Folder folder;
  Told told;
  Maker maker;
  auto older = open_or_fail(options_for(folder / "db", &told));
  Submission submission = maker.submission(1);
  ASSERT_TRUE(submit(*older, submission));
  auto newer = open_or_fail(folder / "db");
  bool written = false;
  older->change(to_state(maker, submission.jobs[0], State::lost), [&] { written = true; });
  const auto refused = submit(*older, maker.submission(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_FALSE(submit(*older, maker.submission(1)));
  older.reset();
  EXPECT_FALSE(written);
  ASSERT_EQ(told.fatals().size(), 1u);
  EXPECT_EQ(told.fatals()[0].kind, ErrorKind::conflict);
  EXPECT_EQ(totals(*newer)[0], 1);
  maker.follow(*newer);
  EXPECT_TRUE(submit(*newer, maker.submission(1)).has_value());
}

}  // namespace
}  // namespace ketrew::store
