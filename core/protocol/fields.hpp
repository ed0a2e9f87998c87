// Reading the members of one object, with errors that name them. Internal to this room.
#pragma once

#include <string>
#include <string_view>

#include "core/protocol/raw_json.hpp"

namespace ketrew::protocol {

class Fields {
 public:
  // `text` was checked before. Fails where it is not an object.
  static Result<Fields> of(std::string_view text) {
    auto members = scan_checked_object(text);
    if (!members) return pass(members.error());
    return Fields(std::move(*members));
  }

  bool has(std::string_view key) const { return members_.find(key).has_value(); }
  Result<std::string> text(std::string_view key) const {
    const auto value = members_.find(key);
    auto string = value ? scan_string(*value) : std::nullopt;
    if (!string) return fail(ErrorKind::invalid, quoted(key) + " is missing or no text");
    return std::move(*string);
  }
  // A token names files and jobs of schedulers: what cannot be one gets no further than here.
  Result<std::string> token(std::string_view key) const {
    auto token = text(key);
    if (token && !is_token(*token))
      return fail(ErrorKind::invalid, quoted(key) + " is no token of an attempt");
    return token;
  }
  // "" where it is missing or another kind of value: for texts that only decorate.
  std::string text_or_empty(std::string_view key) const {
    return scan_string(members_.find(key).value_or("")).value_or("");
  }
  // Bytes: a string or {"base64": ...}.
  Result<std::string> bytes(std::string_view key) const {
    const auto value = members_.find(key);
    if (!value) return fail(ErrorKind::invalid, quoted(key) + " is missing");
    if (auto string = scan_string(*value)) return std::move(*string);
    return bytes_from_json(Json::parse(*value, nullptr, false));
  }
  Result<std::int64_t> integer(std::string_view key, std::int64_t otherwise, std::int64_t least,
                               std::int64_t most) const {
    const auto value = members_.find(key);
    if (!value) return otherwise;
    const auto number = scan_integer(*value);
    if (!number || *number < least || *number > most)
      return fail(ErrorKind::invalid, quoted(key) + " is not a whole number from " +
                                          std::to_string(least) + " to " + std::to_string(most));
    return *number;
  }
  Result<RawJson> object(std::string_view key, bool may_miss) const {
    const auto value = members_.find(key);
    if (!value && may_miss) return RawJson{"{}"};
    if (!value || value->front() != '{')
      return fail(ErrorKind::invalid, quoted(key) + " is missing or no object");
    return RawJson{std::string(*value)};
  }
  Result<RawJson> any(std::string_view key) const {
    const auto value = members_.find(key);
    if (!value) return fail(ErrorKind::invalid, quoted(key) + " is missing");
    return RawJson{std::string(*value)};
  }
  Result<std::vector<std::string_view>> list(std::string_view key) const {
    const auto value = members_.find(key);
    auto parts = scan_checked_array(value.value_or(""));
    if (!parts) return fail(ErrorKind::invalid, quoted(key) + " is missing or no list");
    return parts;
  }
  std::optional<std::string_view> find(std::string_view key) const { return members_.find(key); }
  const std::vector<Member>& all() const { return members_.all(); }

 private:
  explicit Fields(Members members) : members_(std::move(members)) {}
  static std::string quoted(std::string_view key) { return '"' + std::string(key) + '"'; }
  Members members_;
};

// ,"key": without and with the comma, and the value as a string.
inline void append_text(std::string& out, std::string_view key, std::string_view value) {
  out += key;  // e.g. R"(,"why":)"
  append_json_string(out, value);
}
inline void append_bytes(std::string& out, std::string_view key, std::string_view value) {
  out += key;
  append_json_bytes(out, value);
}

}  // namespace ketrew::protocol
