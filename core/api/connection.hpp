// One connection to the daemon's socket. Blocking, with deadlines. Not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/file.hpp"

namespace ketrew::api {

class Connection {
 public:
  // not_found or unavailable: nobody listens there; denied: not ours.
  static Result<Connection> open(const std::string& socket_path, Milliseconds timeout);

  Result<> send(std::string_view bytes, Mono deadline);
  // What has come, as soon as something has; empty: the other side closed. `timeout`: nothing came.
  Result<std::string> receive(Mono deadline);

 private:
  explicit Connection(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace ketrew::api
