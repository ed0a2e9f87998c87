// No statement reads all of `jobs`, `progress` or `history`.
#include <sqlite3.h>

#include "core/store/feed.hpp"
#include "core/store/schema.hpp"
#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

// Empty if the plan has no full scan of the large tables.
std::string full_scan(Connection& db, std::string_view sql) {
  Query plan = db.prepare("EXPLAIN QUERY PLAN " + std::string(sql));
  while (plan.step()) {
    const std::string detail = plan.bytes_at(3);
    for (const std::string table :
         {"jobs", "progress", "history", "tags", "finished", "idempotency"})
      if (detail == "SCAN " + table || detail.rfind("SCAN " + table + " ", 0) == 0) return detail;
  }
  return {};
}

// They take the newest of a table, by its key.
bool reads_one_row(Sql which) { return which == Sql::newest_job || which == Sql::newest_event; }

TEST(Plan, NoFullScans) {
  Folder folder;
  Connection db;
  db.open(folder / "db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  migrate(db);
  const Feed feed(db);
  for (std::size_t i = 0; i < sql_count; ++i) {
    const Sql which = static_cast<Sql>(i);
    if (reads_one_row(which)) continue;
    EXPECT_EQ(full_scan(db, text_of(which)), "") << text_of(which);
  }
}

TEST(Plan, TheTestBites) {
  Folder folder;
  Connection db;
  db.open(folder / "db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  migrate(db);
  EXPECT_NE(full_scan(db, "SELECT key FROM progress WHERE state = 3"), "");
  EXPECT_NE(full_scan(db, "DELETE FROM history WHERE job = ?"), "");
  EXPECT_NE(full_scan(db, "SELECT count(*) FROM jobs"), "");
}

}  // namespace
}  // namespace ketrew::store
