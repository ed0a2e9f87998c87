#include "core/protocol/line_reader.hpp"

#include <algorithm>

namespace ketrew::protocol {

Result<> LineReader::feed(std::string_view bytes) {
  if (begin_ > 0) {  // the taken lines leave at once: what stays is less than one line, as a rule
    buffer_.erase(0, begin_);
    searched_ -= std::min(searched_, begin_);
    tail_ -= begin_;
    begin_ = 0;
  }
  if (!too_long_) {
    if (const std::size_t newline = bytes.rfind('\n'); newline != std::string::npos)
      tail_ = buffer_.size() + newline + 1;
    buffer_.append(bytes);
    too_long_ = buffer_.size() - tail_ > limit_;
  }
  if (too_long_)
    return fail(ErrorKind::invalid, "a line is longer than " + std::to_string(limit_) + " bytes");
  return {};
}

std::optional<std::string_view> LineReader::next() {
  searched_ = std::max(searched_, begin_);
  const std::size_t newline = buffer_.find('\n', searched_);
  if (newline == std::string::npos) {
    searched_ = buffer_.size();
    return std::nullopt;
  }
  std::string_view line(buffer_.data() + begin_, newline - begin_);
  begin_ = searched_ = newline + 1;
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace ketrew::protocol
