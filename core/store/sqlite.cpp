#include "core/store/sqlite.hpp"

#include <sqlite3.h>

#include "core/base/text.hpp"
#include "core/store/feed.hpp"

namespace ketrew::store {
namespace {

SqliteFailure failure_of(sqlite3* db, int code) {
  const int extended = db ? sqlite3_extended_errcode(db) : code;
  // The connection's words belong to its last call; they are used only where they are about this.
  const char* words = db && (extended & 0xff) == (code & 0xff) ? sqlite3_errmsg(db) : nullptr;
  std::string what = words ? words : sqlite3_errstr(code);
  const int system_error = db ? sqlite3_system_errno(db) : 0;
  if ((code & 0xff) == SQLITE_FULL)
    what = "the disk is full";
  else if ((code & 0xff) == SQLITE_BUSY)
    what = "another process holds a lock on the database";
  else if (system_error != 0 && (code & 0xff) == SQLITE_IOERR)
    what += " (" + one_line(strerrordesc_np(system_error)) + ")";
  return {db && (extended & 0xff) == (code & 0xff) ? extended : code, what};
}

}  // namespace

bool may_pass(const SqliteFailure& failure) {
  switch (failure.code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_PERM:
    case SQLITE_NOLFS:
    case SQLITE_INTERRUPT: return true;
    default: return false;
  }
}

bool means_corrupt(const SqliteFailure& failure) {
  switch (failure.code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT: return true;
    default: return failure.code == SQLITE_ERROR;  // a table or column that should be there is not
  }
}

Error to_error(const SqliteFailure& failure, const std::string& doing) {
  ErrorKind kind = ErrorKind::internal;
  if (may_pass(failure))
    kind = ErrorKind::unavailable;
  else if (means_corrupt(failure))
    kind = ErrorKind::corrupt;
  else if ((failure.code & 0xff) == SQLITE_CONSTRAINT)
    kind = ErrorKind::conflict;
  else if ((failure.code & 0xff) == SQLITE_TOOBIG)
    kind = ErrorKind::invalid;
  return {kind, one_line(doing + ": " + failure.what), {}};
}

Query::~Query() {
  if (!statement_) return;
  if (once_)
    sqlite3_finalize(statement_);
  else
    sqlite3_reset(statement_);
}

Query& Query::number(std::int64_t value) {
  sqlite3_bind_int64(statement_, next_++, value);
  return *this;
}
Query& Query::number_or_null(std::optional<std::int64_t> value) {
  return value ? number(*value) : null();
}
Query& Query::null() {
  sqlite3_bind_null(statement_, next_++);
  return *this;
}
Query& Query::bytes(std::string_view value) {
  RowValues one;
  return values(one.bytes(value));
}
Query& Query::blob(std::string_view value) {
  if (const int code =
          sqlite3_bind_blob64(statement_, next_++, value.data(), value.size(), SQLITE_STATIC))
    throw failure_of(db_, code);
  return *this;
}
Query& Query::text(std::string_view value) {
  const char* data = value.data() ? value.data() : "";
  if (const int code =
          sqlite3_bind_text64(statement_, next_++, data, value.size(), SQLITE_STATIC, SQLITE_UTF8))
    throw failure_of(db_, code);
  return *this;
}

Query& Query::values(const RowValues& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    const RowValues::Value& value = row[i];
    switch (value.kind) {
      case RowValues::Value::Kind::null: null(); break;
      case RowValues::Value::Kind::number: number(value.number); break;
      case RowValues::Value::Kind::text: text(value.bytes); break;
      case RowValues::Value::Kind::blob: blob(value.bytes); break;
    }
  }
  return *this;
}

bool Query::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw failure_of(db_, code);
}

void Query::run() {
  while (step()) {
  }
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
std::int64_t Query::number_at(int column) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_INTEGER)
    throw Unreadable{std::string(sqlite3_column_name(statement_, column)) + " is not a number"};
  return sqlite3_column_int64(statement_, column);
}
std::optional<std::int64_t> Query::number_or_null_at(int column) const {
  if (is_null(column)) return {};
  return number_at(column);
}
std::string Query::bytes_at(int column) const {
  const int type = sqlite3_column_type(statement_, column);
  if (type == SQLITE_NULL) return {};
  if (type != SQLITE_TEXT && type != SQLITE_BLOB)
    throw Unreadable{std::string(sqlite3_column_name(statement_, column)) + " is not a text"};
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data ? std::string(static_cast<const char*>(data), size) : std::string();
}

Connection::~Connection() { close(); }

void Connection::open(const std::string& name, int flags) {
  // NOMUTEX: one thread at a time is our own promise. Without this each allocation is counted
  // under a lock; it can be said only before SQLite's first use in the process, later it is
  // refused.
  static const int quiet = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(quiet);
  const int code = sqlite3_open_v2(name.c_str(), &db_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    const SqliteFailure failure = failure_of(db_, code);
    close();
    throw failure;
  }
  sqlite3_extended_result_codes(db_, 1);
}

void Connection::close() {
  for (sqlite3_stmt*& statement : kept_) sqlite3_finalize(std::exchange(statement, nullptr));
  kept_.clear();
  sqlite3_close_v2(std::exchange(db_, nullptr));
}

void Connection::execute(const std::string& sql) {
  if (const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr))
    throw failure_of(db_, code);
}

std::int64_t Connection::number(const std::string& sql) {
  Query query = prepare(sql);
  return query.step() ? query.number_at(0) : 0;
}
std::string Connection::text(const std::string& sql) {
  Query query = prepare(sql);
  return query.step() ? query.bytes_at(0) : std::string();
}

Query Connection::query(Sql which) {
  if (kept_.empty()) kept_.resize(sql_count);
  sqlite3_stmt*& statement = kept_[static_cast<std::size_t>(which)];
  if (!statement) {
    const std::string_view sql = text_of(which);
    if (const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                            SQLITE_PREPARE_PERSISTENT, &statement, nullptr))
      throw failure_of(db_, code);
  }
  return Query(db_, statement, false);
}

Query Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (const int code =
          sqlite3_prepare_v2(db_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr))
    throw failure_of(db_, code);
  return Query(db_, statement, true);
}

void Connection::rollback() noexcept {
  if (db_ && !sqlite3_get_autocommit(db_)) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

int Connection::changes() const { return sqlite3_changes(db_); }

}  // namespace ketrew::store
