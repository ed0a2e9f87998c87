#include "app/ketrewd/http_connection.hpp"

#include <cerrno>

#include <boost/asio/post.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <sys/socket.h>

namespace ketrew::daemon {

namespace asio = boost::asio;
namespace http = boost::beast::http;

struct HttpConnection::Parser {
  http::request_parser<http::string_body> http;
  bool header_seen = false;
};

HttpConnection::HttpConnection(std::shared_ptr<HttpServer::Impl> server,
                               asio::local::stream_protocol::socket socket)
    : server_(std::move(server)), socket_(std::move(socket)) {}
HttpConnection::~HttpConnection() = default;

void HttpConnection::start() { next_request(); }

void HttpConnection::set_deadline(std::chrono::milliseconds from_now) {
  deadline_ = Steady::now() + from_now;
  server_->watch(deadline_);
}

// Reading ----------------------------------------------------------------------------------------

void HttpConnection::next_request() {
  phase_ = Phase::idle;
  since_ = Steady::now();
  set_deadline(fresh_ ? server_->limits.header_time : server_->limits.idle_time);
  if (in_.empty()) {
    in_.shrink_to_fit();
    if (!fresh_) server_->room();
    wait_readable();
    return;
  }
  // Pipelined: through the loop, so that a thousand of them are no recursion and no monopoly.
  asio::post(server_->loop, [self = shared_from_this()] {
    if (self->phase_ != Phase::idle) return;
    const std::string bytes = std::exchange(self->in_, {});
    self->feed(bytes);
  });
}

void HttpConnection::wait_readable() {
  if (waiting_read_ || phase_ == Phase::closed) return;
  waiting_read_ = true;
  socket_.async_wait(asio::socket_base::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waiting_read_ = false;
                       if (self->phase_ == Phase::closed) return;
                       if (error)
                         self->close();
                       else
                         self->readable();
                     });
}

void HttpConnection::readable() {
  std::string& scratch = server_->scratch;
  const ssize_t n =
      ::recv(socket_.native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return wait_readable();
  if (n <= 0) return close();  // nothing to say to a peer that has stopped within a request
  const std::string_view bytes(scratch.data(), static_cast<std::size_t>(n));
  switch (phase_) {
    case Phase::idle:
    case Phase::header:
    case Phase::body: return feed(bytes);
    case Phase::streaming:
    case Phase::draining: return wait_readable();  // of no interest; its end is
    case Phase::handling:
    case Phase::writing: in_ += bytes; return;
    case Phase::closed: return;
  }
}

void HttpConnection::feed(std::string_view bytes) {
  if (phase_ == Phase::idle) {
    // RFC 9112, 2.2: empty lines before a request are ignored.
    while (!bytes.empty() && (bytes.front() == '\r' || bytes.front() == '\n'))
      bytes.remove_prefix(1);
    if (bytes.empty()) return wait_readable();
    phase_ = Phase::header;
    set_deadline(server_->limits.header_time);
    parser_ = std::make_unique<Parser>();
    parser_->http.eager(true);
    parser_->http.header_limit(static_cast<std::uint32_t>(server_->limits.header));
    parser_->http.body_limit(server_->limits.body);
  }
  // Beast wants the unparsed part of a header again, with what came since.
  std::string joined;
  if (!in_.empty()) {
    joined = std::exchange(in_, {});
    joined += bytes;
    bytes = joined;
  }
  boost::system::error_code error;
  while (!bytes.empty() && !parser_->http.is_done()) {
    std::size_t used = 0;
    try {
      used = parser_->http.put(asio::buffer(bytes.data(), bytes.size()), error);
    } catch (const std::exception&) {
      return refuse(503, {ErrorKind::unavailable, "no memory for a request of this size", ""});
    }
    bytes.remove_prefix(used);
    if (error || used == 0) break;
  }
  if (error == http::error::need_more) error = {};
  const std::size_t header_limit = server_->limits.header;
  if (error == http::error::header_limit ||
      (!error && !parser_->http.is_header_done() && bytes.size() > header_limit))
    return refuse(
        431, {ErrorKind::invalid,
              "request headers above the limit of " + std::to_string(header_limit) + " bytes", ""});
  if (error == http::error::body_limit)
    return refuse(
        413, {ErrorKind::invalid,
              "request body above the limit of " + std::to_string(server_->limits.body) + " bytes",
              "split it"});
  if (error)
    return refuse(400, {ErrorKind::invalid, "not an HTTP/1.1 request: " + error.message(), ""});
  in_ = bytes;
  parse();
}

void HttpConnection::parse() {
  auto& request = parser_->http;
  if (request.is_header_done() && !parser_->header_seen) {
    parser_->header_seen = true;
    phase_ = Phase::body;
    body_deadline_ = Steady::now() + server_->limits.body_time;
    // curl asks before it sends more than a megabyte. The socket is empty: this fits.
    if (!request.is_done() && request.get()[http::field::expect] == "100-continue") {
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      if (::send(socket_.native_handle(), go_on.data(), go_on.size(),
                 MSG_DONTWAIT | MSG_NOSIGNAL) != static_cast<ssize_t>(go_on.size()))
        return close();
    }
  }
  if (request.is_done()) return dispatch();
  if (phase_ == Phase::body) {
    set_deadline(server_->limits.progress_time);
    deadline_ = std::min(deadline_, body_deadline_);
  }
  wait_readable();
}

void HttpConnection::dispatch() {
  auto message = parser_->http.release();
  parser_.reset();
  phase_ = Phase::handling;
  fresh_ = false;
  deadline_ = Steady::time_point::max();
  keep_alive_ = message.keep_alive() && !server_->stopping;
  head_only_ = message.method() == http::verb::head;
  ++server_->counts.requests;

  Request request;
  request.method = message.method_string();
  const auto field = [&](auto name) { return std::string(message[name]); };
  request.idempotency_key = field("Idempotency-Key");
  request.last_event_id = field("Last-Event-ID");
  request.accept = field(http::field::accept);
  request.content_type = field(http::field::content_type);
  const auto target =
      parse_target(std::string_view(message.target().data(), message.target().size()), request);
  request.body = std::move(message.body());
  Responder responder(shared_from_this());
  if (!target) return responder.problem(target.error());
  try {
    server_->handler(std::move(request), std::move(responder));
  } catch (const std::exception& fault) {
    // The responder was destroyed on the way out and has answered 500.
    (void)fault;
  }
}

void HttpConnection::refuse(int status, const Error& error) {
  ++server_->counts.refused;
  parser_.reset();
  in_.clear();
  keep_alive_ = false;
  head_only_ = false;
  const std::string body = problem_document(error, status);
  out_ = response_head({status, "application/problem+json", body.size(), false, false}) + body;
  // Best effort: nothing else is on the way out, so it fits.
  if (::send(socket_.native_handle(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    return close();
  out_.clear();
  // Closing now would take the answer from a peer that is still sending.
  ::shutdown(socket_.native_handle(), SHUT_WR);
  phase_ = Phase::draining;
  set_deadline(std::chrono::milliseconds(1000));
  wait_readable();
}

// Writing ----------------------------------------------------------------------------------------

void HttpConnection::answer(int status, std::string_view content_type, std::string body,
                            const Fields& headers) {
  if (phase_ != Phase::handling) return;  // closed meanwhile
  phase_ = Phase::writing;
  if (server_->stopping) keep_alive_ = false;
  out_ = response_head({status, content_type, body.size(), keep_alive_, false}, headers);
  if (!head_only_ && status != 204 && status != 304) {
    if (body.size() > (1u << 20)) {  // one copy less of what is big
      body.insert(0, out_);
      out_ = std::move(body);
    } else {
      out_ += body;
    }
  }
  out_at_ = 0;
  set_deadline(server_->limits.progress_time);
  write();
}

bool HttpConnection::begin_stream() {
  if (phase_ != Phase::handling) return false;
  if (server_->stopping || server_->counts.streams >= server_->limits.streams) {
    const Error error{ErrorKind::unavailable,
                      server_->stopping ? "the daemon is stopping" : "too many event streams", ""};
    answer(503, "application/problem+json", problem_document(error, 503), {});
    return false;
  }
  out_ = response_head({200, "text/event-stream", 0, false, true}, {{"Cache-Control", "no-store"}});
  out_at_ = 0;
  keep_alive_ = false;
  phase_ = Phase::streaming;
  in_.clear();
  ++server_->counts.streams;
  since_ = Steady::now();
  deadline_ = since_ + server_->limits.progress_time;
  server_->watch(std::min(deadline_, since_ + server_->limits.comment_time));
  wait_readable();
  if (head_only_) ending_ = true;
  write();
  return phase_ == Phase::streaming;
}

void HttpConnection::send_event(std::string_view text) {
  if (phase_ != Phase::streaming || ending_) return;
  if (out_.size() - out_at_ + text.size() > server_->limits.stream_buffer) return close();
  if (out_.empty()) set_deadline(server_->limits.progress_time);
  out_ += text;
  if (flush_posted_ || waiting_write_) return;
  flush_posted_ = true;  // one send for all events of this turn of the loop
  asio::post(server_->loop, [self = shared_from_this()] {
    self->flush_posted_ = false;
    if (self->phase_ == Phase::streaming && !self->waiting_write_) self->write();
  });
}

void HttpConnection::on_closed(std::function<void()> callback) {
  if (phase_ == Phase::streaming)
    closed_ = std::move(callback);
  else
    asio::post(server_->loop, std::move(callback));
}

void HttpConnection::end_stream() {
  closed_ = nullptr;
  if (phase_ != Phase::streaming) return;
  ending_ = true;
  if (out_.empty()) close();
}

void HttpConnection::write() {
  while (out_at_ < out_.size()) {
    const ssize_t n = ::send(socket_.native_handle(), out_.data() + out_at_, out_.size() - out_at_,
                             MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) {
      out_at_ += static_cast<std::size_t>(n);
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) return close();
    if (out_at_ > (256u << 10)) out_.erase(0, std::exchange(out_at_, 0));
    waiting_write_ = true;
    socket_.async_wait(asio::socket_base::wait_write,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                         self->waiting_write_ = false;
                         if (self->phase_ == Phase::closed) return;
                         if (error) return self->close();
                         self->set_deadline(self->server_->limits.progress_time);
                         self->write();
                       });
    return;
  }
  written();
}

void HttpConnection::written() {
  out_.clear();
  out_at_ = 0;
  if (out_.capacity() > (64u << 10)) out_.shrink_to_fit();
  since_ = Steady::now();
  if (phase_ == Phase::streaming) {
    if (ending_) return close();
    deadline_ = Steady::time_point::max();
    server_->watch(since_ + server_->limits.comment_time);
  } else if (keep_alive_ && !server_->stopping) {
    next_request();
  } else {
    close();
  }
}

// Ending -----------------------------------------------------------------------------------------

Steady::time_point HttpConnection::check(Steady::time_point now) {
  if (phase_ == Phase::streaming && out_.empty()) {
    const auto comment_at = since_ + server_->limits.comment_time;
    if (now < comment_at) return comment_at;
    send_event(":\n\n");
    return deadline_;
  }
  if (now < deadline_) return deadline_;
  const auto self = shared_from_this();
  switch (phase_) {
    case Phase::header:
    case Phase::body:
      refuse(408, {ErrorKind::timeout, "the request did not arrive in time", ""});
      break;
    case Phase::idle:
    case Phase::writing:
    case Phase::streaming:
    case Phase::draining: close(); break;
    case Phase::handling:
    case Phase::closed: break;
  }
  return phase_ == Phase::closed ? Steady::time_point::max() : deadline_;
}

void HttpConnection::stop() {
  switch (phase_) {
    case Phase::handling:
    case Phase::writing: keep_alive_ = false; break;
    case Phase::idle:
    case Phase::header:
    case Phase::body:
    case Phase::streaming:
    case Phase::draining: close(); break;
    case Phase::closed: break;
  }
}

void HttpConnection::close() {
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::streaming) --server_->counts.streams;
  phase_ = Phase::closed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  parser_.reset();
  if (closed_) asio::post(server_->loop, std::exchange(closed_, nullptr));
  server_->removed(shared_from_this());
}

}  // namespace ketrew::daemon
