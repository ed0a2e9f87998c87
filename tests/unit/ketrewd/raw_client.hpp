// A client that sends any bytes at all to a Unix socket, and reads with a bound on its patience.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "core/base/file.hpp"

namespace ketrew::daemon {

class RawClient {
 public:
  explicit RawClient(const std::string& path, int seconds = 120)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const timeval patience{seconds, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const auto* plain = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    if (::connect(fd_.get(), plain, sizeof address) != 0) fd_.reset();
  }
  explicit operator bool() const { return static_cast<bool>(fd_); }
  int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }
  void half_close() { ::shutdown(fd_.get(), SHUT_WR); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  // Until `end` has been seen; all that came up to its end. What came short of it, on EOF.
  std::string read_until(std::string_view end) {
    while (true) {
      if (const auto at = buffer_.find(end); at != std::string::npos) return take(at + end.size());
      if (!more()) return take(buffer_.size());
    }
  }
  std::string read_size(std::size_t size) {
    while (buffer_.size() < size && more()) {
    }
    return take(std::min(size, buffer_.size()));
  }
  std::string read_all() {
    while (more()) {
    }
    return take(buffer_.size());
  }
  // One response: its status line and headers, then its body by Content-Length.
  struct Response {
    int status = 0;
    std::string head, body;
  };
  Response read_response() {
    Response response;
    response.head = read_until("\r\n\r\n");
    if (response.head.size() > 12) response.status = std::atoi(response.head.c_str() + 9);
    if (const auto at = response.head.find("Content-Length: "); at != std::string::npos)
      response.body = read_size(std::strtoul(response.head.c_str() + at + 16, nullptr, 10));
    return response;
  }
  bool at_end() { return buffer_.empty() && !more(); }

 private:
  bool more() {
    char chunk[65536];
    const ssize_t n = ::recv(fd_.get(), chunk, sizeof chunk, 0);
    if (n <= 0) return false;
    buffer_.append(chunk, static_cast<std::size_t>(n));
    return true;
  }
  std::string take(std::size_t size) {
    std::string taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
  }

  Fd fd_;
  std::string buffer_;
};

}  // namespace ketrew::daemon
