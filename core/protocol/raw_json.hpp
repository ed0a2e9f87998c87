// JSON that is passed on without being taken apart: the protocol carries programs, options and
// states that only the other end reads, tens of thousands a second.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text.hpp"

namespace ketrew::protocol {

// The text of one JSON value. Whoever makes one vouches that it is valid JSON on a single line; the
// readers of this room check it, `raw` cannot fail.
struct RawJson {
  std::string text;
  bool operator==(const RawJson&) const = default;
};
RawJson raw(const Json& json);  // bytes that are not UTF-8 become U+FFFD

// One member of an object, as it stands in the text that was scanned.
struct Member {
  std::string key;         // unescaped
  std::string_view value;  // its JSON text
};
// The members of an object, in the text's order; of several with one key `find` gives the last.
class Members {
 public:
  explicit Members(std::vector<Member> members) : members_(std::move(members)) {}
  std::optional<std::string_view> find(std::string_view key) const;
  const std::vector<Member>& all() const { return members_; }

 private:
  std::vector<Member> members_;
};

// Check the whole of `text` strictly (RFC 8259, valid UTF-8, at most 256 levels deep) and give
// views into it. Errors are `invalid`.
Result<> check_json(std::string_view text);
Result<Members> scan_object(std::string_view text);
Result<std::vector<std::string_view>> scan_array(std::string_view text);

// The same for text that was checked before, as part of a value that these functions gave: UTF-8 is
// not looked at again.
Result<Members> scan_checked_object(std::string_view text);
Result<std::vector<std::string_view>> scan_checked_array(std::string_view text);

// The value of a JSON string; nothing where `text` is another kind of value.
std::optional<std::string> scan_string(std::string_view text);
std::optional<std::int64_t> scan_integer(std::string_view text);

// Whether `text` can be the token of an attempt: 1 to 64 of [a-z0-9-].
bool is_token(std::string_view text);

}  // namespace ketrew::protocol
