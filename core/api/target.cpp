#include "core/api/target.hpp"

namespace ketrew::api {

std::string percent_encode(std::string_view bytes) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

Target& Target::segment(std::string_view bytes) {
  text_ += '/';
  // "." and ".." would be taken for a way through the tree.
  text_ += bytes == "." ? "%2E" : bytes == ".." ? "%2E%2E" : percent_encode(bytes);
  return *this;
}

Target& Target::query(std::string_view key, std::string_view value) {
  text_ += has_query_ ? '&' : '?';
  has_query_ = true;
  text_ += percent_encode(key);
  text_ += '=';
  text_ += percent_encode(value);
  return *this;
}

}  // namespace ketrew::api
