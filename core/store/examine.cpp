#include "core/store/examine.hpp"

#include <cerrno>

#include <sqlite3.h>
#include <sys/stat.h>

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/store/schema.hpp"

namespace ketrew::store {
namespace {

constexpr const char* restore_hint =
    "nothing was changed; put a backup in its place (remove its -wal and -shm files too), or move "
    "it away";

std::int64_t size_of(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 ? std::int64_t{st.st_size} : -1;
}

bool has_journal(const std::string& path) { return size_of(path + "-journal") > 0; }

std::string file_uri(const std::string& path, const char* parameters) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string uri = path[0] == '/' ? "file://" : "file:";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%' || c == '?' || c == '#' || byte < 0x20 || byte > 0x7e)
      uri += std::string("%") + hex[byte >> 4] + hex[byte & 15];
    else
      uri += c;
  }
  return uri + parameters;
}

// Opens so that nothing is written: where there is no log, as a file that nobody changes; else with
// the log's index in memory (exclusive locking) and without the checkpoint at closing.
//
// A rollback journal is another matter: a transaction was broken off (the one that makes the
// database, or one of an archive) and without undoing it the file cannot be judged.
void open_untouched(Connection& db, const std::string& path) {
  if (has_journal(path)) {
    db.open(path, SQLITE_OPEN_READWRITE);
    return;
  }
  if (size_of(path + "-wal") <= 0) {
    db.open(file_uri(path, "?immutable=1"), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    return;
  }
  db.open(path, SQLITE_OPEN_READWRITE);
  sqlite3_db_config(db.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  db.execute("PRAGMA locking_mode = EXCLUSIVE");
}

Result<> judge_header(Connection& db, const std::string& path) {
  if (const auto id = db.number("PRAGMA application_id"); id != application_id && id != 0)
    return fail(ErrorKind::conflict, path + " is the database of another program",
                "choose another file");
  const auto version = db.number("PRAGMA user_version");
  if (version > schema_version())
    return fail(ErrorKind::conflict,
                "the database " + path + " has version " + std::to_string(version) +
                    ", this program knows versions up to " + std::to_string(schema_version()),
                "use the newer Ketrew that made it");
  if (version < 0)
    return fail(ErrorKind::corrupt,
                "the database " + path + " has version " + std::to_string(version), restore_hint);
  const auto tables = db.number("SELECT count(*) FROM sqlite_schema");
  if (version == 0 && tables > 0)
    return fail(ErrorKind::conflict, path + " is the database of another program",
                "choose another file");
  return {};
}

Result<> check_all(Connection& db, const std::string& path) {
  const std::string found = db.text("PRAGMA quick_check(1)");
  if (found == "ok") return {};
  return fail(ErrorKind::corrupt, "the database " + path + " is damaged: " + one_line(found, 200),
              restore_hint);
}

}  // namespace

Result<bool> examine(const std::string& path, std::int64_t check_limit) {
  const auto head = read_file(path, 16);
  if (!head && head.error().kind == ErrorKind::not_found) return true;
  if (!head) return pass(head.error());
  if (head->empty()) return true;
  if (*head != std::string_view("SQLite format 3\0", 16) && !has_journal(path))
    return fail(ErrorKind::corrupt,
                "the database " + path + " is not an SQLite file or its beginning is damaged",
                restore_hint);
  const bool small = size_of(path) <= check_limit;
  try {
    Connection db;
    open_untouched(db, path);
    if (auto judged = judge_header(db, path); !judged) return pass(judged.error());
    if (!small) return false;
    if (auto checked = check_all(db, path); !checked) return pass(checked.error());
    return true;
  } catch (const SqliteFailure& failure) {
    // Somebody else has it open, with a log: the usual opening will wait for them.
    if ((failure.code & 0xff) == SQLITE_BUSY) return false;
    Error error = to_error(failure, "the database " + path);
    if (error.kind == ErrorKind::corrupt) error.hint = restore_hint;
    return pass(std::move(error));
  } catch (const Unreadable& unreadable) {
    return fail(ErrorKind::corrupt, "the database " + path + ": " + unreadable.problem,
                restore_hint);
  }
}

}  // namespace ketrew::store
