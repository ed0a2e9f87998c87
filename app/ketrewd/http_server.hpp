// HTTP/1.1 on a Unix socket, for the daemon's API. Everything here lives on the loop's thread:
// handlers are called on it, answers are given on it, and nothing blocks it.
//
// A connection that is not HTTP, too big, slow, half-open or another user's is answered where that
// makes sense (400, 408, 413, 431) and closed; no other connection notices.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "app/ketrewd/http_message.hpp"
#include "core/base/error.hpp"

namespace boost::asio {
class io_context;
}

namespace ketrew::daemon {

class HttpConnection;

// An answer that lasts: server-sent events. Destroying the handle ends the stream.
class EventStream {
 public:
  EventStream() = default;
  EventStream(EventStream&&) noexcept = default;
  EventStream& operator=(EventStream&& other) noexcept;
  ~EventStream() { close(); }

  // Queues one event. Where the reader is so slow that the queue would exceed its bound
  // (HttpLimits::stream_buffer), the stream is closed instead: the reader resumes with
  // Last-Event-ID. Does nothing on a closed stream.
  void send(std::string_view id, std::string_view event, std::string_view data);
  // The same, with text from event_text(): for one event that goes to many streams.
  void send_text(std::string_view text);
  bool open() const;
  // Called once, when the peer left, was too slow or the server stops; not by close().
  void on_closed(std::function<void()> callback);
  void close();

 private:
  friend class Responder;
  explicit EventStream(std::shared_ptr<HttpConnection> connection)
      : connection_(std::move(connection)) {}
  std::shared_ptr<HttpConnection> connection_;
};

// The right to answer one request, once; at once or later. Destroyed unanswered it answers 500.
// Answers to a peer that has left meanwhile are dropped.
class Responder {
 public:
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();

  void respond(int status, std::string_view content_type, std::string body,
               const Fields& headers = {});
  void problem(const Error& error);  // application/problem+json with the status of its kind
  void problem(const Error& error, int status, const Fields& headers = {});
  // Sends the head of a text/event-stream. A closed stream where too many are open: that has then
  // been answered with 503.
  EventStream stream();

 private:
  friend class HttpConnection;
  explicit Responder(std::shared_ptr<HttpConnection> connection)
      : connection_(std::move(connection)) {}
  std::shared_ptr<HttpConnection> connection_;  // null once answered
};

struct HttpLimits {
  std::size_t header = 64 << 10;        // bytes of request line and headers: else 431
  std::size_t body = 256 << 20;         // bytes: else 413
  std::size_t connections = 1000;       // more wait in the listen queue; idle ones are closed first
  std::size_t streams = 900;            // of these; more get 503
  std::size_t stream_buffer = 1 << 20;  // bytes queued for a slow reader of events
  std::chrono::milliseconds header_time{10'000};    // from the first byte to the end of the headers
  std::chrono::milliseconds progress_time{30'000};  // without a byte of a body, either way
  std::chrono::milliseconds body_time{600'000};     // for a whole request body
  std::chrono::milliseconds idle_time{120'000};     // between requests
  std::chrono::milliseconds comment_time{15'000};   // between signs of life on an event stream
};

class HttpServer {
 public:
  using Handler = std::function<void(Request, Responder)>;

  HttpServer(boost::asio::io_context& loop, Handler handler, HttpLimits limits = {});
  ~HttpServer();  // closes everything at once

  // Makes sure that nobody serves a socket of this path; removes the file of one that has gone.
  // Errors: as `listen`.
  static Result<> make_way(const std::string& path);

  // Binds and listens, mode 0600. A socket file that nobody serves is replaced. Errors: conflict
  // (somebody serves it), invalid (the path is too long, or names something that is no socket).
  // Sets the process's umask for a moment: call it before there are other threads.
  Result<> listen(const std::string& path);

  // Takes no more requests, ends the event streams, lets answers under way finish for at most
  // `grace`, removes the socket file, then calls `done` (which may destroy the server).
  void stop(std::chrono::milliseconds grace, std::function<void()> done);

  struct Counts {
    std::size_t connections = 0, streams = 0;
    std::uint64_t requests = 0, refused = 0;  // since the start; refused: answered by the server
  };
  Counts counts() const;

 private:
  friend class HttpConnection;
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ketrew::daemon
