#include <cerrno>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/store/chores.hpp"

namespace ketrew::store {
namespace {

constexpr int pages_a_step = 512;

Result<> copy(Connection& from, Connection& to, const std::atomic<bool>& stop) {
  // One snapshot for the whole copy: commits meanwhile do not make it begin anew.
  from.execute("BEGIN");
  static_cast<void>(from.number("SELECT count(*) FROM owner"));
  sqlite3_backup* backup = sqlite3_backup_init(to.raw(), "main", from.raw(), "main");
  if (!backup) throw SqliteFailure{sqlite3_extended_errcode(to.raw()), sqlite3_errmsg(to.raw())};
  int code = SQLITE_OK;
  while (!stop && (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED))
    code = sqlite3_backup_step(backup, pages_a_step);
  sqlite3_backup_finish(backup);
  from.rollback();
  if (code == SQLITE_DONE) return {};
  if (stop) return fail(ErrorKind::unavailable, "the daemon is stopping");
  throw SqliteFailure{code,
                      (code & 0xff) == SQLITE_FULL ? "the disk is full" : sqlite3_errstr(code)};
}

Result<> sync_directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return fail_errno("sync " + directory, errno);
  return {};
}

}  // namespace

Result<> backup_to(Connection& db, const std::string& path, const std::atomic<bool>& stop) {
  const std::string doing = "back up to " + path;
  struct stat st {};
  if (::lstat(path.c_str(), &st) == 0)
    return fail(ErrorKind::conflict, doing + ": the file exists", "choose another name");
  const std::string partial = path + ".part." + std::to_string(::getpid());
  {
    const Fd fd(::open(partial.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) return fail_errno(doing, errno);
  }
  Result<> done;
  try {
    Connection copy_db;
    copy_db.open(partial, SQLITE_OPEN_READWRITE);
    done = copy(db, copy_db, stop);
    // The copy says "WAL" as its origin does: without a log it is one file that can be moved about.
    if (done) copy_db.execute("PRAGMA journal_mode = DELETE");
  } catch (const SqliteFailure& failure) {
    db.rollback();
    done = tl::unexpected<Error>(to_error(failure, doing));
  } catch (const Unreadable& unreadable) {
    db.rollback();
    done = fail(ErrorKind::corrupt, doing + ": " + unreadable.problem);
  }
  // A link, not a rename: it never replaces a file that came meanwhile.
  if (done && ::link(partial.c_str(), path.c_str()) != 0) done = fail_errno(doing, errno);
  for (const char* end : {"", "-journal", "-wal", "-shm"}) ::unlink((partial + end).c_str());
  if (!done) return done;
  return sync_directory_of(path);
}

Result<> check_file(Connection& db, const std::atomic<bool>& stop) {
  sqlite3_progress_handler(
      db.raw(), 10'000,
      [](void* flag) { return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0; },
      const_cast<std::atomic<bool>*>(&stop));
  Result<> result;
  try {
    const std::string found = db.text("PRAGMA quick_check(1)");
    if (found != "ok")
      result = fail(ErrorKind::corrupt, "the database is damaged: " + one_line(found, 200),
                    "stop the daemon and put a backup in its place");
  } catch (const SqliteFailure& failure) {
    result = tl::unexpected<Error>(to_error(failure, "check the database"));
  } catch (const Unreadable&) {
    result = fail(ErrorKind::corrupt, "the database is damaged");
  }
  sqlite3_progress_handler(db.raw(), 0, nullptr, nullptr);
  return result;
}

}  // namespace ketrew::store
