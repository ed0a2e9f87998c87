#include "core/api/http_response.hpp"

#include <charconv>

#include "core/base/text.hpp"

namespace ketrew::api {
namespace {

tl::unexpected<Error> broken(const std::string& what) {
  return fail(ErrorKind::internal, "an answer that is not HTTP: " + what);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

template <class T>
bool parse_number(std::string_view text, T& value, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return "";
}

Result<> HttpResponseParser::parse_head(std::string_view head) {
  std::size_t line_end = head.find("\r\n");
  const std::string_view line = head.substr(0, line_end);
  // "HTTP/1.1 200 OK"
  if (line.size() < 12 || (line.substr(0, 9) != "HTTP/1.1 " && line.substr(0, 9) != "HTTP/1.0 ") ||
      !parse_number(line.substr(9, 3), response_.status) || response_.status < 100)
    return broken("\"" + one_line(line, 60) + "\"");
  keeps_alive_ = line[7] == '1';
  response_.headers.clear();
  while (line_end != std::string_view::npos) {
    head.remove_prefix(line_end + 2);
    line_end = head.find("\r\n");
    const std::string_view header = head.substr(0, line_end);
    if (header.empty()) break;
    const auto colon = header.find(':');
    if (colon == std::string_view::npos || colon == 0)
      return broken("the header \"" + one_line(header, 60) + "\"");
    response_.headers.emplace_back(lower(header.substr(0, colon)), trim(header.substr(colon + 1)));
  }
  if (response_.status < 200) {  // an interim answer: the real one follows
    state_ = State::head;
    return {};
  }
  const std::string connection = lower(response_.header("connection"));
  if (connection == "close") keeps_alive_ = false;
  if (connection == "keep-alive") keeps_alive_ = true;
  const std::string length = response_.header("content-length");
  if (lower(response_.header("transfer-encoding")) == "chunked") {
    state_ = State::chunk_size;
  } else if (response_.status == 204 || response_.status == 304) {
    state_ = State::done;
  } else if (!length.empty()) {
    if (!parse_number(length, left_) || left_ > max_body)
      return broken("the length \"" + one_line(length, 40) + "\"");
    state_ = left_ ? State::length : State::done;
  } else {
    keeps_alive_ = false;
    state_ = State::until_close;
  }
  return {};
}

Result<> HttpResponseParser::parse_chunk_size(std::string_view line) {
  if (!parse_number(trim(line.substr(0, line.find(';'))), left_, 16) ||
      left_ > max_body - std::min(max_body, response_.body.size()))
    return broken("the chunk size \"" + one_line(line, 40) + "\"");
  state_ = left_ ? State::chunk : State::trailer;
  return {};
}

Result<bool> HttpResponseParser::step() {
  const auto take_line = [&](std::size_t limit) -> Result<std::optional<std::string>> {
    const auto end = buffer_.find("\r\n");
    if (end == std::string::npos) {
      if (buffer_.size() > limit) return broken("a line without an end");
      return std::optional<std::string>();
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return std::optional<std::string>(std::move(line));
  };
  switch (state_) {
    case State::head: {
      const auto end = buffer_.find("\r\n\r\n");
      if (end == std::string::npos) {
        if (buffer_.size() > max_head) return broken("headers without an end");
        return false;
      }
      const std::string head = buffer_.substr(0, end);
      buffer_.erase(0, end + 4);
      if (auto parsed = parse_head(head); !parsed) return pass(parsed.error());
      return true;
    }
    case State::length:
    case State::chunk: {
      if (buffer_.empty()) return false;
      const std::size_t n = std::min(left_, buffer_.size());
      response_.body.append(buffer_, 0, n);
      buffer_.erase(0, n);
      left_ -= n;
      if (left_ == 0) state_ = state_ == State::length ? State::done : State::chunk_end;
      return true;
    }
    case State::chunk_size: {
      auto line = take_line(1024);
      if (!line) return pass(line.error());
      if (!*line) return false;
      if (auto parsed = parse_chunk_size(**line); !parsed) return pass(parsed.error());
      return true;
    }
    case State::chunk_end:
      if (buffer_.size() < 2) return false;
      if (buffer_.compare(0, 2, "\r\n") != 0) return broken("a chunk that does not end");
      buffer_.erase(0, 2);
      state_ = State::chunk_size;
      return true;
    case State::trailer: {
      auto line = take_line(max_head);
      if (!line) return pass(line.error());
      if (!*line) return false;
      if ((*line)->empty()) state_ = State::done;
      return true;
    }
    case State::until_close:
      if (buffer_.size() > max_body - std::min(max_body, response_.body.size()))
        return broken("a body without an end");
      response_.body += buffer_;
      buffer_.clear();
      return false;
    case State::done: return false;
  }
  return false;
}

Result<> HttpResponseParser::feed(std::string_view bytes) {
  began_ = began_ || !bytes.empty();
  // A long body goes straight to its place: `buffer_` stays small.
  if (buffer_.empty() && (state_ == State::length || state_ == State::chunk)) {
    const std::size_t n = std::min(left_, bytes.size());
    response_.body.append(bytes.substr(0, n));
    bytes.remove_prefix(n);
    left_ -= n;
    if (left_ == 0) state_ = state_ == State::length ? State::done : State::chunk_end;
  }
  buffer_.append(bytes);
  while (true) {
    const auto more = step();
    if (!more) return pass(more.error());
    if (!*more) return {};
  }
}

Result<> HttpResponseParser::end() {
  if (state_ == State::until_close) state_ = State::done;
  if (state_ == State::done) return {};
  return fail(ErrorKind::unavailable, "the connection ended in the middle of an answer");
}

}  // namespace ketrew::api
