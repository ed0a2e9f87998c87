// Many rows into one INSERT. A statement run anew for each row costs SQLite more than the row
// itself; here one statement draws all rows of a group from us: INSERT INTO t SELECT c0, c1, ...
// FROM feed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/store/sqlite.hpp"

namespace ketrew::store {

// The values of one row, in the order of its columns. Bytes are not copied.
class RowValues {
 public:
  static constexpr std::size_t limit = 32;
  struct Value {
    enum class Kind : std::uint8_t { null, number, text, blob } kind = Kind::null;
    std::int64_t number = 0;
    std::string_view bytes = {};
  };

  RowValues& number(std::int64_t value) { return add({Value::Kind::number, value, {}}); }
  RowValues& number_or_null(std::optional<std::int64_t> value) {
    return value ? number(*value) : null();
  }
  RowValues& null() { return add({}); }
  // Text where it is UTF-8 without NUL, else a blob; empty: NULL.
  RowValues& bytes(std::string_view value);
  RowValues& text(std::string_view value) { return add({Value::Kind::text, 0, value}); }

  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  const Value& operator[](std::size_t i) const { return values_[i]; }

 private:
  RowValues& add(const Value& value) {
    values_[size_++] = value;
    return *this;
  }
  std::array<Value, limit> values_;
  std::size_t size_ = 0;
};

class Feed {
 public:
  // Fills in row `i`; its bytes must stay until the next call. May throw SqliteFailure.
  using Row = std::function<void(std::size_t i, RowValues& values)>;

  explicit Feed(Connection& db);  // makes the table `feed` known to this connection
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // Runs a statement that reads `feed`, which has `count` rows. Throws SqliteFailure; `at` is then
  // the row that it was at.
  void run(Sql which, std::size_t count, Row row);
  std::size_t at() const { return at_; }

  // For the callbacks of SQLite.
  bool enter(std::size_t i) noexcept;  // false: the row could not be made
  bool at_end() const { return at_ >= count_; }
  const RowValues& values() const { return values_; }

 private:
  Connection& db_;
  Row row_;
  std::size_t at_ = 0, count_ = 0;
  RowValues values_;
  std::optional<SqliteFailure> failure_;
};

}  // namespace ketrew::store
