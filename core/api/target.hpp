// The part of a request's first line that says what is asked: path and query string.
#pragma once

#include <string>
#include <string_view>

namespace ketrew::api {

// Any bytes arrive as they are.
// Target("/v1/jobs").segment(id).segment("kill").query("limit", "10").text()
class Target {
 public:
  explicit Target(std::string path) : text_(std::move(path)) {}
  Target& segment(std::string_view bytes);
  Target& query(std::string_view key, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool has_query_ = false;
};

}  // namespace ketrew::api
