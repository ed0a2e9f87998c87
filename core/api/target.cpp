#include "core/api/target.hpp"

#include "core/base/percent.hpp"

namespace ketrew::api {

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
