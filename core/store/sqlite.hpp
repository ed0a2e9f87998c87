// The thin layer over SQLite's C API that this room uses. Inside the room errors travel as
// SqliteFailure; no function of store.hpp lets one out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/store/statements.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace ketrew::store {

class RowValues;

struct SqliteFailure {
  int code = 0;      // SQLite's extended result code
  std::string what;  // for people
};

// What a failure means to the caller of the store.
Error to_error(const SqliteFailure& failure, const std::string& doing);
// The surroundings are to blame (disk, locks, memory), not the data: the same may work later.
bool may_pass(const SqliteFailure& failure);
bool means_corrupt(const SqliteFailure& failure);

// A value in a row that is not what this program writes there.
struct Unreadable {
  std::string problem;
};

// A prepared statement in use; it is reset (or, prepared for one
// use, ended) when this goes. Bound bytes are not copied: they must
// live until the statement has run.
class Query {
 public:
  Query(sqlite3* db, sqlite3_stmt* statement, bool once)
      : db_(db), statement_(statement), once_(once) {}
  Query(Query&& other) noexcept
      : db_(other.db_),
        statement_(std::exchange(other.statement_, nullptr)),
        once_(other.once_),
        next_(other.next_) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  Query& operator=(Query&&) = delete;
  ~Query();

  // Parameters in their order.
  Query& number(std::int64_t value);
  Query& number_or_null(std::optional<std::int64_t> value);
  Query& null();
  // Any bytes: stored as text where they are UTF-8 without NUL, else as a blob; empty as NULL.
  Query& bytes(std::string_view value);
  Query& text(std::string_view value);  // as text, also when empty
  Query& blob(std::string_view value);

  Query& values(const RowValues& row);

  bool step();  // true: a row is there
  void run();   // to its end

  bool is_null(int column) const;
  std::int64_t number_at(int column) const;  // throws Unreadable for anything but an integer
  std::optional<std::int64_t> number_or_null_at(int column) const;
  std::string bytes_at(int column) const;  // text, blob, or NULL as empty; else throws Unreadable

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
  bool once_;
  int next_ = 1;
};

// One connection; used by one thread at a time.
class Connection {
 public:
  Connection() = default;
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Throws SqliteFailure. `name` is a path, or with `uri` a file: URI.
  void open(const std::string& name, int flags);
  void close();
  void execute(const std::string& sql);
  std::int64_t number(const std::string& sql);  // the first column of the first row
  std::string text(const std::string& sql);

  // A kept statement; not for two uses at once.
  Query query(Sql which);
  // A statement prepared for one use.
  Query prepare(std::string_view sql);

  void begin_immediate() { execute("BEGIN IMMEDIATE"); }
  void commit() { execute("COMMIT"); }
  void rollback() noexcept;  // nothing happens where no transaction is open
  int changes() const;
  sqlite3* raw() const { return db_; }

 private:
  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> kept_;
};

}  // namespace ketrew::store
