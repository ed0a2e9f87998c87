#include "core/api/connection.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace ketrew::api {
namespace {

Result<> wait_for(int fd, short events, Mono deadline) {
  while (true) {
    const auto left = std::max<std::int64_t>(0, (deadline - MonoClock::now()).count());
    pollfd item{fd, events, 0};
    const int n = ::poll(&item, 1, static_cast<int>(std::min<std::int64_t>(left, 1 << 30)));
    if (n > 0) return {};
    if (n == 0) return fail(ErrorKind::timeout, "no answer in time");
    if (errno != EINTR) return fail_errno("poll", errno);
  }
}

}  // namespace

Result<Connection> Connection::open(const std::string& socket_path, Milliseconds timeout) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno("socket", errno);
  // Bounds the wait for a listener whose queue is full.
  const timeval limit{timeout.count() / 1000, timeout.count() % 1000 * 1000};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string path = socket_path;
  Fd folder;
  if (path.size() >= sizeof address.sun_path) {  // a deep home: go by its descriptor
    const auto slash = path.rfind('/');
    folder.reset(::open(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return fail_errno("connect to " + socket_path, errno);
    path = "/proc/self/fd/" + std::to_string(folder.get()) + path.substr(slash);
    if (path.size() >= sizeof address.sun_path)
      return fail_errno("connect to " + socket_path, ENAMETOOLONG);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  int result = 0;
  do {
    result = ::connect(fd.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)),
                       sizeof address);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return fail_errno("connect to " + socket_path, errno);
  ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  return Connection(std::move(fd));
}

Result<> Connection::send(std::string_view bytes, Mono deadline) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (auto ready = wait_for(fd_.get(), POLLOUT, deadline); !ready) return ready;
    } else if (errno != EINTR) {
      return fail_errno("send", errno);
    }
  }
  return {};
}

Result<std::string> Connection::receive(Mono deadline) {
  std::string bytes;
  while (true) {
    bytes.resize(65536);
    const ssize_t n = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (n >= 0) {
      bytes.resize(static_cast<std::size_t>(n));
      return bytes;
    }
    if (errno == ECONNRESET) return std::string();
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (auto ready = wait_for(fd_.get(), POLLIN, deadline); !ready) return pass(ready.error());
    } else if (errno != EINTR) {
      return fail_errno("receive", errno);
    }
  }
}

}  // namespace ketrew::api
