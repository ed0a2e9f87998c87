// Parses one HTTP/1.1 response out of the bytes as they come. Pure; bounded.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew::api {

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  std::string header(std::string_view name) const;  // "" if absent
};

class HttpResponseParser {
 public:
  static constexpr std::size_t max_head = 64 * 1024;
  static constexpr std::size_t max_body = std::size_t{1} << 30;

  // Takes bytes. An error is final.
  Result<> feed(std::string_view bytes);
  // The other side closed: completes a body that has no length.
  Result<> end();

  bool has_head() const { return state_ > State::head; }
  bool done() const { return state_ == State::done; }
  bool began() const { return began_; }  // one byte came
  // Whether another request may follow on this connection.
  bool keeps_alive() const { return keeps_alive_; }
  HttpResponse& response() { return response_; }
  // For a stream: the body so far, taken out.
  std::string take_body() { return std::exchange(response_.body, {}); }

 private:
  enum class State { head, length, chunk_size, chunk, chunk_end, trailer, until_close, done };
  Result<> parse_head(std::string_view head);
  Result<> parse_chunk_size(std::string_view line);
  Result<bool> step();  // false: needs more bytes

  State state_ = State::head;
  std::string buffer_;
  std::size_t left_ = 0;  // of the body, or of the chunk
  bool began_ = false, keeps_alive_ = true;
  HttpResponse response_;
};

}  // namespace ketrew::api
