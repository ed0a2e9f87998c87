#include "core/workflow/csv.hpp"

#include "core/base/text.hpp"

namespace ketrew::workflow {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& file, char separator)
      : rest_(text), file_(file), separator_(separator) {}

  // The next line that is not empty; false at the end of the text.
  Result<bool> line(std::vector<std::string>& fields) {
    while (!rest_.empty() && end_of_line() > 0) take(end_of_line());
    fields.clear();
    line_of_fields_ = line_;
    if (rest_.empty()) return false;
    for (;;) {
      auto field = rest_.front() == '"' ? quoted() : plain();
      if (!field) return pass(field.error());
      fields.push_back(std::move(*field));
      if (rest_.empty()) return true;
      if (const std::size_t end = end_of_line()) {
        take(end);
        return true;
      }
      take(1);  // the separator
      if (rest_.empty()) {
        fields.emplace_back();
        return true;
      }
    }
  }

  // About the line that was read last.
  tl::unexpected<Error> wrong_line(const std::string& what) const {
    return fail(ErrorKind::invalid, file_ + ":" + std::to_string(line_of_fields_) + ":1: " + what);
  }

 private:
  // How many bytes of line end come next.
  std::size_t end_of_line() const {
    if (rest_.front() == '\n') return 1;
    return rest_.front() == '\r' && (rest_.size() == 1 || rest_[1] == '\n')
               ? std::min<std::size_t>(2, rest_.size())
               : 0;
  }
  void take(std::size_t count) {
    for (; count > 0; --count) {
      if (rest_.front() == '\n') {
        ++line_;
        column_ = 0;
      }
      ++column_;
      rest_.remove_prefix(1);
    }
  }
  tl::unexpected<Error> wrong(const std::string& what, const std::string& hint) const {
    return fail(ErrorKind::invalid,
                file_ + ":" + std::to_string(line_) + ":" + std::to_string(column_) + ": " + what,
                hint);
  }

  Result<std::string> plain() {
    std::string field;
    while (!rest_.empty() && rest_.front() != separator_ && end_of_line() == 0) {
      if (rest_.front() == '"')
        return wrong("a quote inside a field",
                     "put the whole field in quotes, and double it there");
      field += rest_.front();
      take(1);
    }
    return field;
  }
  Result<std::string> quoted() {
    const int line = line_, column = column_;
    std::string field;
    for (take(1); !rest_.empty(); take(1)) {
      if (rest_.front() == '"') {
        take(1);
        if (rest_.empty() || rest_.front() != '"') {
          if (rest_.empty() || rest_.front() == separator_ || end_of_line() > 0) return field;
          return wrong("text behind a closing quote", "a quote in a quoted field is doubled");
        }
      }
      field += rest_.front();
    }
    return fail(ErrorKind::invalid, file_ + ":" + std::to_string(line) + ":" +
                                        std::to_string(column) + ": a quote that is not closed");
  }

  std::string_view rest_;
  const std::string& file_;
  const char separator_;
  int line_ = 1, column_ = 1, line_of_fields_ = 1;
};

}  // namespace

Result<Csv> parse_csv(std::string_view text, const std::string& file, char separator,
                      std::size_t most_rows) {
  if (!is_utf8(text)) return fail(ErrorKind::invalid, file + " is not UTF-8");
  if (text.find('\0') != std::string_view::npos)
    return fail(ErrorKind::invalid, file + " has a NUL byte in it");
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  CsvReader reader(text, file, separator);
  Csv csv;
  auto more = reader.line(csv.header);
  if (!more) return pass(more.error());
  if (!*more)
    return fail(ErrorKind::invalid, file + " is empty", "its first line names the columns");
  for (std::vector<std::string> row;;) {
    more = reader.line(row);
    if (!more) return pass(more.error());
    if (!*more) return csv;
    if (row.size() != csv.header.size())
      return reader.wrong_line(std::to_string(row.size()) + " fields, and " +
                               std::to_string(csv.header.size()) + " columns in the header");
    if (csv.rows.size() == most_rows)
      return reader.wrong_line("more than " + std::to_string(most_rows) + " rows");
    csv.rows.push_back(std::move(row));
  }
}

}  // namespace ketrew::workflow
