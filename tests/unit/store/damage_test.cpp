// Damaged, foreign and newer databases are refused and left as they are; one bad row is set aside.
#include <filesystem>
#include <fstream>
#include <random>

#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void make_database(const std::string& path, std::size_t jobs = 50) {
  auto store = open_or_fail(path);
  Maker maker;
  ASSERT_TRUE(submit(*store, maker.submission(jobs)));
}

// A database whose last commits are in its log only, as after a kill -9.
void make_with_log(const Folder& folder, const std::string& name, const std::string& last = "") {
  const Folder work;
  auto store = open_or_fail(work / "db");
  Maker maker;
  ASSERT_TRUE(submit(*store, maker.submission(50)));
  if (!last.empty()) sqlite(work / "db", last);
  for (const char* end : {"", "-wal"})
    write_file((folder / name) + end, read_file((work / "db") + end).value());
}

void expect_refused_untouched(const Folder& folder, ErrorKind kind, const std::string& words) {
  const auto before = folder.contents();
  const auto store = Store::open(options_for(folder / "db"));
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().kind, kind) << store.error().text();
  EXPECT_NE(store.error().text().find(words), std::string::npos) << store.error().text();
  EXPECT_EQ(store.error().text().find('\n'), std::string::npos);
  EXPECT_TRUE(folder.contents() == before) << "a file was changed, made or removed";
}

TEST(Damage, ANewerDatabaseIsRefused) {
  Folder folder;
  make_database(folder / "db");
  sqlite(folder / "db", "PRAGMA user_version = 999");
  expect_refused_untouched(folder, ErrorKind::conflict, "999");
}

TEST(Damage, ANewerDatabaseIsRefusedThoughOnlyItsLogSaysSo) {
  Folder folder;
  make_with_log(folder, "db", "PRAGMA user_version = 999");
  ASSERT_GT(std::filesystem::file_size(folder / "db-wal"), 0u);
  expect_refused_untouched(folder, ErrorKind::conflict, "999");
}

TEST(Damage, TheLogOfAKilledDaemonIsUsed) {
  Folder folder;
  make_with_log(folder, "db");
  EXPECT_EQ(totals(*open_or_fail(folder / "db"))[0], 50);
}

TEST(Damage, AnotherProgramsDatabaseIsRefused) {
  Folder folder;
  sqlite(folder / "db", "CREATE TABLE theirs (x)");
  expect_refused_untouched(folder, ErrorKind::conflict, "another program");
  sqlite(folder / "db", "PRAGMA application_id = 7");
  expect_refused_untouched(folder, ErrorKind::conflict, "another program");
}

TEST(Damage, NotADatabase) {
  for (const std::string content :
       {"x", "hello, this is a text that is long enough to be looked at", "SQLite format 3"}) {
    Folder folder;
    write_file(folder / "db", content + std::string(5000, '\0'));
    expect_refused_untouched(folder, ErrorKind::corrupt, "nothing was changed");
  }
}

TEST(Damage, AnEmptyFileIsANewDatabase) {
  Folder folder;
  write_file(folder / "db", "");
  EXPECT_EQ(totals(*open_or_fail(folder / "db")), Totals{});
}

TEST(Damage, ACutFileIsRefused) {
  Folder folder;
  make_database(folder / "db", 500);
  const auto size = std::filesystem::file_size(folder / "db");
  for (const double part : {0.9, 0.5, 0.1, 0.01}) {
    std::filesystem::resize_file(folder / "db",
                                 static_cast<std::uintmax_t>(static_cast<double>(size) * part));
    expect_refused_untouched(folder, ErrorKind::corrupt, "");
  }
}

// Whatever bytes are flipped: refused and untouched, or opened and every answer is an answer; jobs
// that can be read are the ones that were written.
TEST(Damage, FlippedBytes) {
  std::mt19937 random(11);
  Folder origin;
  make_database(origin / "db", 300);
  const std::string good = read_file(origin / "db").value();
  int refused = 0, opened = 0;
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    Folder folder;
    std::string bytes = good;
    for (int n = 0; n <= round % 4; ++n) {
      const auto at = std::uniform_int_distribution<std::size_t>(0, bytes.size() - 1)(random);
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
    }
    write_file(folder / "db", bytes);
    const auto before = folder.contents();
    Told told;
    auto store = Store::open(options_for(folder / "db", &told));
    if (!store) {
      ++refused;
      EXPECT_TRUE(folder.contents() == before) << store.error().text();
      continue;
    }
    ++opened;
    ask(**store, [](Reader& reader) {
      for (JobKey key = 1; key <= 300; ++key) {
        if (const auto record = reader.job(key)) {
          EXPECT_EQ(record->key, key);
        }
        static_cast<void>(reader.history(key));
      }
      static_cast<void>(reader.list({.limit = 1000}));
      return reader.totals();
    });
    Maker maker;
    maker.follow(**store);
    submit(**store, maker.submission(1));
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(opened, 0);
}

TEST(Damage, ALargeFileIsCheckedWhileItIsUsed) {
  Folder folder;
  make_database(folder / "db", 500);
  // An index that lacks its rows: only the full check sees that.
  sqlite(folder / "db",
         "PRAGMA writable_schema = 1;"
         "CREATE TABLE empty (id TEXT); CREATE UNIQUE INDEX empty_id ON empty (id);"
         "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = "
         "'empty_id')"
         " WHERE name = 'jobs_name';");
  Told told;
  OpenOptions options = options_for(folder / "db", &told);
  options.check_limit = 0;
  auto store = open_or_fail(options);
  EXPECT_TRUE(told.wait([](const Told& t) { return !t.fatals().empty(); }));
  EXPECT_EQ(told.fatals()[0].kind, ErrorKind::corrupt);
  Maker maker;
  maker.follow(*store);
  EXPECT_FALSE(submit(*store, maker.submission(1)));
  store.reset();
  EXPECT_EQ(told.fatals().size(), 1u);
  expect_refused_untouched(folder, ErrorKind::corrupt, "damaged");
}

TEST(Damage, BadRowsAreSetAsideOneByOne) {
  Folder folder;
  make_database(folder / "db", 20);
  const auto spoil = [&](const std::string& sql) { sqlite(folder / "db", sql); };
  spoil("UPDATE progress SET state = 77 WHERE key = 3");
  spoil("UPDATE progress SET state = 'x' WHERE key = 4");
  spoil("UPDATE progress SET attempt = -1 WHERE key = 5");
  spoil("UPDATE progress SET usage = '{' WHERE key = 6");
  spoil("UPDATE jobs SET id = 'nonsense' WHERE key = 7");
  spoil("UPDATE jobs SET retries = '[]' WHERE key = 8");
  spoil("UPDATE jobs SET backend = 99 WHERE key = 9");
  spoil("DELETE FROM jobs WHERE key = 10");
  spoil("DELETE FROM progress WHERE key = 11");
  spoil("UPDATE progress SET failure = 100 WHERE key = 12");
  spoil("UPDATE progress SET failures = '{\"exit\": -2}' WHERE key = 13");
  spoil("UPDATE progress SET exit_code = 5000000000 WHERE key = 14");
  spoil("UPDATE progress SET state = 9 WHERE key = 15");
  spoil(
      "UPDATE jobs SET spec = '{\"program\":' WHERE key = 16");  // known only when it is asked for
  spoil("UPDATE jobs SET spec = '[]' WHERE key = 17");
  spoil("UPDATE history SET to_state = 50 WHERE job = 18");
  spoil("UPDATE history SET job = 1 WHERE job = 19");
  auto store = open_or_fail(folder / "db");
  std::vector<JobKey> fine, aside;
  for (const auto& each : store->take_unfinished()) fine.push_back(each.key);
  for (const auto& each : store->unreadable()) aside.push_back(each.key);
  EXPECT_EQ(fine, (std::vector<JobKey>{1, 2, 16, 17, 18, 19, 20}));
  EXPECT_EQ(aside, (std::vector<JobKey>{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));
  for (const auto& each : store->unreadable()) EXPECT_NE(each.problem, "");

  const auto [listed, left_out] = ask(*store, [](Reader& reader) {
    std::vector<JobKey> keys, bad;
    const auto records = reader.list({.limit = 5}).value();
    for (const auto& record : records) keys.push_back(record.key);
    const auto rest = reader.list({.before = keys.back(), .limit = 100}).value();
    for (const auto& record : rest) keys.push_back(record.key);
    for (const auto& each : reader.unreadable()) bad.push_back(each.key);
    return std::pair(keys, bad);
  });
  for (JobKey key : {20, 19, 18, 2, 1})
    EXPECT_TRUE(std::count(listed.begin(), listed.end(), key)) << key;
  for (JobKey key : {3, 4, 5, 6, 7, 12, 13, 14, 16, 17})
    EXPECT_TRUE(std::count(left_out.begin(), left_out.end(), key)) << key;
  EXPECT_EQ(ask(*store, [](Reader& r) { return r.job(4); }).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(ask(*store, [](Reader& r) { return r.job(16); }).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(ask(*store, [](Reader& r) { return r.spec_text(10); }).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(history(*store, 18).empty());
  EXPECT_TRUE(history(*store, 19).empty());

  // What is said of a job that cannot be read is dropped; the others go on.
  Maker maker;
  maker.follow(*store);
  Changes changes;
  for (JobKey key : {2, 3, 4, 11}) {
    Progress progress;
    progress.state = State::running;
    changes.jobs.push_back({key, progress});
  }
  change(*store, changes);
  EXPECT_EQ(job(*store, 2).progress.state, State::running);
  EXPECT_EQ(sqlite_number(folder / "db", "SELECT state FROM progress WHERE key = 3"), 77);
}

TEST(Damage, TheFileIsForItsOwnerOnly) {
  Folder folder;
  const mode_t mask = ::umask(0);
  {
    auto store = open_or_fail(folder / "db");
    for (const char* end : {"", "-wal", "-shm"}) {
      struct stat st {};
      ASSERT_EQ(::stat(((folder / "db") + end).c_str(), &st), 0) << end;
      EXPECT_EQ(st.st_mode & 0777, 0600u) << end;
    }
  }
  ::umask(mask);
}

TEST(Damage, NoFolderNoFile) {
  Folder folder;
  EXPECT_FALSE(Store::open(options_for(folder / "absent/db")));
  EXPECT_FALSE(Store::open(options_for(folder.path())));
}

}  // namespace
}  // namespace ketrew::store
