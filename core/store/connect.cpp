#include "core/store/connect.hpp"

#include <sqlite3.h>

#include "core/store/filter_sql.hpp"

namespace ketrew::store {
namespace {

// Debian's SQLite overwrites what is deleted with zeros unless told otherwise: that doubles the
// cost of an archive, and the file is the user's own.
void configure(Connection& db, int busy_milliseconds, int cache_kib) {
  sqlite3_busy_timeout(db.raw(), busy_milliseconds);
  db.execute("PRAGMA secure_delete = OFF");
  db.execute("PRAGMA trusted_schema = OFF");
  db.execute("PRAGMA temp_store = MEMORY");
  db.execute("PRAGMA cache_size = -" + std::to_string(cache_kib));
}

}  // namespace

std::unique_ptr<Connection> connect_writer(const std::string& path, Milliseconds busy_patience) {
  auto db = std::make_unique<Connection>();
  db->open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  configure(*db, static_cast<int>(busy_patience.count()), 8192);
  db->execute("PRAGMA page_size = 8192");
  if (db->text("PRAGMA journal_mode = WAL") != "wal")
    throw SqliteFailure{SQLITE_CANTOPEN, "the database cannot be put into WAL mode"};
  db->execute("PRAGMA synchronous = FULL");
  db->execute("PRAGMA wal_autocheckpoint = 0");
  db->execute("PRAGMA journal_size_limit = 67108864");  // bytes that an emptied log keeps
  return db;
}

std::unique_ptr<Connection> connect_reader(const std::string& path) {
  auto db = std::make_unique<Connection>();
  db->open(path, SQLITE_OPEN_READONLY);
  configure(*db, 5000, 2048);
  add_filter_functions(*db);
  return db;
}

std::unique_ptr<Connection> connect_helper(const std::string& path) {
  auto db = std::make_unique<Connection>();
  db->open(path, SQLITE_OPEN_READWRITE);
  configure(*db, 5000, 1024);
  db->execute("PRAGMA synchronous = FULL");
  db->execute("PRAGMA wal_autocheckpoint = 0");
  add_filter_functions(*db);
  return db;
}

}  // namespace ketrew::store
