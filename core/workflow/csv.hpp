// Comma-separated values as RFC 4180 has them: a header line, quoted fields, "" for a quote in one,
// line breaks in quotes, CRLF or LF at the end of a line. Lines without a character are skipped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew::workflow {

struct Csv {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header
};

// UTF-8, with or without a byte order mark. `file` is for messages: "file:line:column: ...". A row
// with another number of fields than the header is refused, and more than `most_rows`.
Result<Csv> parse_csv(std::string_view text, const std::string& file, char separator,
                      std::size_t most_rows);

}  // namespace ketrew::workflow
