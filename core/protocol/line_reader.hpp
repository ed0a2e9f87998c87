// Cuts a stream of bytes into lines, whatever pieces it arrives in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace ketrew::protocol {

inline constexpr std::size_t line_limit = std::size_t{64} << 20;  // bytes, of either end

// Not thread-safe. It never skips to a later line to recover: whoever sends too much, or a line
// that is no message, cannot be trusted with what follows either.
class LineReader {
 public:
  explicit LineReader(std::size_t limit = line_limit) : limit_(limit) {}

  // Adds what was read. Views that `next` gave before are gone. Fails, from then on for ever, with
  // `invalid` when the end of a line is further away than the limit; the lines before can be taken.
  Result<> feed(std::string_view bytes);
  // The next whole line, without its newline (and without a '\r' before it).
  std::optional<std::string_view> next();
  // Bytes of a line that has not ended: at the end of the stream they are a torn message.
  std::size_t pending() const { return buffer_.size() - begin_; }

 private:
  std::string buffer_;
  std::size_t begin_ = 0;     // of the first line not yet taken
  std::size_t searched_ = 0;  // no newline between begin_ and here
  std::size_t tail_ = 0;      // of the line that has not ended
  std::size_t limit_;
  bool too_long_ = false;
};

}  // namespace ketrew::protocol
