#include "app/ketrewd/http_server.hpp"

#include <cerrno>

#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/ketrewd/http_connection.hpp"
#include "core/base/file.hpp"

namespace ketrew::daemon {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

// The two handles --------------------------------------------------------------------------------

EventStream& EventStream::operator=(EventStream&& other) noexcept {
  if (this != &other) {
    close();
    connection_ = std::move(other.connection_);
  }
  return *this;
}
void EventStream::send(std::string_view id, std::string_view event, std::string_view data) {
  if (open()) connection_->send_event(event_text(id, event, data));
}
void EventStream::send_text(std::string_view text) {
  if (connection_) connection_->send_event(text);
}
bool EventStream::open() const { return connection_ && connection_->streaming(); }
void EventStream::on_closed(std::function<void()> callback) {
  if (connection_) connection_->on_closed(std::move(callback));
}
void EventStream::close() {
  if (connection_) std::exchange(connection_, nullptr)->end_stream();
}

Responder& Responder::operator=(Responder&& other) noexcept {
  std::swap(connection_, other.connection_);
  return *this;
}
Responder::~Responder() {
  if (connection_) problem({ErrorKind::internal, "the daemon gave no answer to this request", ""});
}
void Responder::respond(int status, std::string_view content_type, std::string body,
                        const Fields& headers) {
  if (connection_)
    std::exchange(connection_, nullptr)->answer(status, content_type, std::move(body), headers);
}
void Responder::problem(const Error& error) { problem(error, http_status(error.kind)); }
void Responder::problem(const Error& error, int status, const Fields& headers) {
  respond(status, "application/problem+json", problem_document(error, status), headers);
}
EventStream Responder::stream() {
  auto connection = std::exchange(connection_, nullptr);
  if (!connection || !connection->begin_stream()) return {};
  return EventStream(std::move(connection));
}

// The server -------------------------------------------------------------------------------------

HttpServer::HttpServer(asio::io_context& loop, Handler handler, HttpLimits limits)
    : impl_(std::make_shared<Impl>(loop, std::move(handler), limits)) {}

HttpServer::~HttpServer() {
  impl_->stopped = nullptr;
  impl_->stopping = true;
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->timer.cancel();
  impl_->retry.cancel();
  impl_->unlink_socket();
  for (const auto connections = impl_->connections; const auto& connection : connections)
    connection->close();
}

namespace {

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return fail(ErrorKind::invalid,
                "the socket's path has " + std::to_string(path.size()) + " bytes, at most " +
                    std::to_string(sizeof address.sun_path - 1) + " are possible: " + path,
                "set KETREW_HOME to a shorter directory");
  path.copy(address.sun_path, path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

}  // namespace

Result<> HttpServer::make_way(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return pass(address.error());
  struct stat st {};
  if (::lstat(path.c_str(), &st) != 0) {
    if (errno == ENOENT) return {};
    return fail_errno("look at " + path, errno);
  }
  if (!S_ISSOCK(st.st_mode))
    return fail(ErrorKind::invalid, path + " is in the way: it is not a socket",
                "move it away, or set another KETREW_HOME");
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe) return fail_errno("make a socket", errno);
  const int connected = ::connect(probe.get(), generic(*address), sizeof *address);
  // EAGAIN: its queue is full, so somebody has it.
  if (connected == 0 || errno == EAGAIN)
    return fail(ErrorKind::conflict, "another process serves " + path,
                "stop it with 'ketrewd stop', or set another KETREW_HOME");
  if (errno != ECONNREFUSED && errno != ENOENT) return fail_errno("connect to " + path, errno);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("remove " + path, errno);
  return {};
}

Result<> HttpServer::listen(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return pass(address.error());
  if (const auto way = make_way(path); !way) return way;
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("make a socket", errno);
  const mode_t mask = ::umask(0177);  // so that there is no moment at which others may connect
  const int bound = ::bind(fd.get(), generic(*address), sizeof *address);
  const int error = errno;
  ::umask(mask);
  if (bound != 0) return fail_errno("bind " + path, error);
  struct stat st {};
  if (::listen(fd.get(), 1024) != 0 || ::stat(path.c_str(), &st) != 0)
    return fail_errno("listen on " + path, errno);
  impl_->path = path;
  impl_->device = st.st_dev;
  impl_->inode = st.st_ino;
  boost::system::error_code assigned;
  impl_->acceptor.assign(asio::local::stream_protocol(), fd.get(), assigned);
  if (assigned) return fail(ErrorKind::internal, "listen on " + path + ": " + assigned.message());
  fd.release();
  impl_->accept();
  return {};
}

void HttpServer::stop(std::chrono::milliseconds grace, std::function<void()> done) {
  auto& impl = *impl_;
  impl.stopping = true;
  impl.stopped = std::move(done);
  impl.stop_at = Steady::now() + grace;
  boost::system::error_code ignored;
  impl.acceptor.close(ignored);
  impl.retry.cancel();
  impl.unlink_socket();
  for (const auto connections = impl.connections; const auto& connection : connections)
    connection->stop();
  impl.watch(impl.stop_at);
  impl.maybe_stopped();
}

HttpServer::Counts HttpServer::counts() const {
  Counts counts = impl_->counts;
  counts.connections = impl_->connections.size();
  return counts;
}

namespace {

bool peer_is_allowed(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace

void HttpServer::Impl::accept() {
  if (accepting || stopping || !acceptor.is_open()) return;
  accepting = true;
  acceptor.async_wait(asio::socket_base::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& error) {
                        self->accepting = false;
                        if (!error) self->acceptable();
                      });
}

void HttpServer::Impl::acceptable() {
  blocked = false;
  while (!stopping) {
    // Full, and somebody waits: an idle connection makes room (its client makes a new one), else
    // they wait in the kernel's queue until one ends or falls idle (`room`).
    if (connections.size() >= limits.connections) close_longest_idle();
    if (connections.size() >= limits.connections) {
      blocked = true;
      return;
    }
    Fd fd(::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (!fd && errno == EAGAIN) return accept();
    if (!fd) {  // out of descriptors or memory: some will be free in a while
      retry.expires_after(std::chrono::milliseconds(200));
      retry.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
        if (!cancelled) self->accept();
      });
      return;
    }
    if (!peer_is_allowed(fd.get())) {
      ++counts.refused;
      continue;
    }
    boost::system::error_code error;
    Socket socket(loop);
    socket.assign(asio::local::stream_protocol(), fd.get(), error);
    if (error) continue;
    fd.release();
    const auto connection = std::make_shared<HttpConnection>(shared_from_this(), std::move(socket));
    connections.insert(connection);
    connection->start();
  }
}

void HttpServer::Impl::room() {
  if (!blocked || stopping) return;
  blocked = false;
  asio::post(loop, [self = shared_from_this()] { self->accept(); });
}

void HttpServer::Impl::close_longest_idle() {
  std::shared_ptr<HttpConnection> longest;
  for (const auto& connection : connections)
    if (connection->idle() && (!longest || connection->idle_since() < longest->idle_since()))
      longest = connection;
  if (longest) longest->close();
}

void HttpServer::Impl::removed(const std::shared_ptr<HttpConnection>& connection) {
  if (connections.erase(connection) == 0) return;
  if (stopping)
    maybe_stopped();
  else
    asio::post(loop, [self = shared_from_this()] { self->accept(); });
}

void HttpServer::Impl::watch(Steady::time_point deadline) {
  if (deadline >= armed) return;
  armed = deadline;
  timer.expires_at(deadline);
  timer.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
    if (!cancelled) self->sweep();
  });
}

void HttpServer::Impl::sweep() {
  armed = Steady::time_point::max();
  const auto now = Steady::now();
  auto next = Steady::time_point::max();
  const bool over = stopping && now >= stop_at;
  for (const auto all = connections; const auto& connection : all) {
    if (over)
      connection->close();
    else
      next = std::min(next, connection->check(now));
  }
  if (connections.empty() || over) return;
  if (stopping) next = std::min(next, stop_at);
  // Deadlines that are near each other are looked at together.
  if (next != Steady::time_point::max()) watch(std::max(next, now + std::chrono::milliseconds(50)));
}

void HttpServer::Impl::unlink_socket() {
  struct stat st {};
  if (path.empty() || ::lstat(path.c_str(), &st) != 0) return;
  if (st.st_dev == device && st.st_ino == inode) ::unlink(path.c_str());
  path.clear();
}

void HttpServer::Impl::maybe_stopped() {
  if (!stopping || !connections.empty() || !stopped) return;
  timer.cancel();
  asio::post(loop, std::exchange(stopped, nullptr));
}

}  // namespace ketrew::daemon
