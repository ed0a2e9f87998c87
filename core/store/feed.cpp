#include "core/store/feed.hpp"

#include <sqlite3.h>

#include "core/base/text.hpp"

namespace ketrew::store {
namespace {

struct Table {
  sqlite3_vtab base;  // first: SQLite sees only this
  Feed* feed;
};
struct Cursor {
  sqlite3_vtab_cursor base;
  Feed* feed;
};

Table* table_of(sqlite3_vtab* base) { return reinterpret_cast<Table*>(base); }
Cursor* cursor_of(sqlite3_vtab_cursor* base) { return reinterpret_cast<Cursor*>(base); }

int connect(sqlite3* db, void* feed, int, const char* const*, sqlite3_vtab** out, char**) {
  std::string declaration = "CREATE TABLE x (c0";
  for (std::size_t i = 1; i < RowValues::limit; ++i) declaration += ", c" + std::to_string(i);
  if (const int code = sqlite3_declare_vtab(db, (declaration + ")").c_str())) return code;
  *out = &(new Table{{}, static_cast<Feed*>(feed)})->base;
  return SQLITE_OK;
}
int disconnect(sqlite3_vtab* table) {
  delete table_of(table);
  return SQLITE_OK;
}
int best_index(sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; }
int open(sqlite3_vtab* table, sqlite3_vtab_cursor** out) {
  *out = &(new Cursor{{}, table_of(table)->feed})->base;
  return SQLITE_OK;
}
int close(sqlite3_vtab_cursor* cursor) {
  delete cursor_of(cursor);
  return SQLITE_OK;
}
int filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
  return cursor_of(cursor)->feed->enter(0) ? SQLITE_OK : SQLITE_ERROR;
}
int next(sqlite3_vtab_cursor* cursor) {
  Feed& feed = *cursor_of(cursor)->feed;
  return feed.enter(feed.at() + 1) ? SQLITE_OK : SQLITE_ERROR;
}
int eof(sqlite3_vtab_cursor* cursor) { return cursor_of(cursor)->feed->at_end() ? 1 : 0; }

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int i) {
  const RowValues& values = cursor_of(cursor)->feed->values();
  const auto at = static_cast<std::size_t>(i);
  if (at >= values.size()) return SQLITE_OK;  // NULL
  const RowValues::Value& value = values[at];
  const char* data = value.bytes.data() ? value.bytes.data() : "";
  switch (value.kind) {
    case RowValues::Value::Kind::null: break;
    case RowValues::Value::Kind::number: sqlite3_result_int64(context, value.number); break;
    case RowValues::Value::Kind::text:
      sqlite3_result_text64(context, data, value.bytes.size(), SQLITE_STATIC, SQLITE_UTF8);
      break;
    case RowValues::Value::Kind::blob:
      sqlite3_result_blob64(context, data, value.bytes.size(), SQLITE_STATIC);
      break;
  }
  return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
  *out = static_cast<sqlite3_int64>(cursor_of(cursor)->feed->at());
  return SQLITE_OK;
}

// Without xCreate the table exists by its name alone.
const sqlite3_module feed_module = [] {
  sqlite3_module module{};
  module.xConnect = connect;
  module.xDisconnect = disconnect;
  module.xBestIndex = best_index;
  module.xOpen = open;
  module.xClose = close;
  module.xFilter = filter;
  module.xNext = next;
  module.xEof = eof;
  module.xColumn = column;
  module.xRowid = row_id;
  return module;
}();

}  // namespace

RowValues& RowValues::bytes(std::string_view value) {
  if (value.empty()) return null();
  const bool plain = value.find('\0') == std::string_view::npos && is_utf8(value);
  return add({plain ? Value::Kind::text : Value::Kind::blob, 0, value});
}

Feed::Feed(Connection& db) : db_(db) {
  sqlite3_create_module_v2(db.raw(), "feed", &feed_module, this, nullptr);
}

void Feed::run(Sql which, std::size_t count, Row row) {
  if (count == 0) return;
  row_ = std::move(row);
  count_ = count;
  at_ = 0;
  failure_.reset();
  Query query = db_.query(which);
  try {
    query.run();
  } catch (const SqliteFailure&) {
    if (failure_) throw *failure_;
    throw;
  }
}

bool Feed::enter(std::size_t i) noexcept {
  at_ = i;
  if (at_end()) return true;
  values_.clear();
  try {
    row_(i, values_);
    return true;
  } catch (const SqliteFailure& failure) {
    failure_ = failure;
  } catch (const std::bad_alloc&) {
    failure_ = SqliteFailure{SQLITE_NOMEM, "out of memory"};
  }
  return false;
}

}  // namespace ketrew::store
