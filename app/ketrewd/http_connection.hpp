// One connection of the HTTP server, and what the connections share. Internal to the server's two
// source files: it brings Boost with it.
//
// Sockets are non-blocking; Asio tells when they are ready, and reads and writes are plain recv and
// send. So an idle connection has no buffer, and what was sent is known exactly.
//
// Time-outs cost nothing a request: a connection only writes down its deadline, and one timer of
// the server looks at them all (HttpServer::Impl::sweep).
#pragma once

#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/ketrewd/http_server.hpp"

namespace ketrew::daemon {

using Steady = std::chrono::steady_clock;

struct HttpServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& context, Handler on_request, HttpLimits bounds)
      : loop(context),
        handler(std::move(on_request)),
        limits(bounds),
        acceptor(context),
        timer(context),
        retry(context) {}

  void accept();
  void acceptable();  // somebody waits to be accepted
  void room();        // a connection has ended or fallen idle
  void removed(const std::shared_ptr<HttpConnection>& connection);
  void sweep();
  // Makes sure that the sweep looks at `deadline` or earlier.
  void watch(Steady::time_point deadline);
  void close_longest_idle();
  void unlink_socket();
  void maybe_stopped();

  boost::asio::io_context& loop;
  Handler handler;
  HttpLimits limits;
  boost::asio::local::stream_protocol::acceptor acceptor;
  boost::asio::steady_timer timer;  // the sweep
  boost::asio::steady_timer retry;  // accepting again after it failed
  Steady::time_point armed = Steady::time_point::max();
  std::unordered_set<std::shared_ptr<HttpConnection>> connections;
  std::string path;
  std::uint64_t device = 0, inode = 0;  // of the socket file, so that only ours is removed
  bool accepting = false, blocked = false, stopping = false;
  Steady::time_point stop_at = Steady::time_point::max();
  std::function<void()> stopped;
  Counts counts;
  std::string scratch = std::string(128 << 10, '\0');  // what recv reads into, for all
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(std::shared_ptr<HttpServer::Impl> server,
                 boost::asio::local::stream_protocol::socket socket);
  ~HttpConnection();

  void start();
  void close();
  // Between two requests; a new connection is about to send its first.
  bool idle() const { return phase_ == Phase::idle && !fresh_; }
  bool streaming() const { return phase_ == Phase::streaming; }
  Steady::time_point idle_since() const { return since_; }
  // What the sweep asks: acts on a deadline that has passed, returns the next one.
  Steady::time_point check(Steady::time_point now);
  void stop();  // no further requests

  // The answer's side.
  void answer(int status, std::string_view content_type, std::string body, const Fields& headers);
  bool begin_stream();
  void send_event(std::string_view text);
  void end_stream();
  void on_closed(std::function<void()> callback);

 private:
  enum class Phase {
    idle,       // between requests: not a byte of the next one yet
    header,     // some of it
    body,       // all of the headers
    handling,   // the handler has it
    writing,    // its answer is on the way
    streaming,  // its answer is an event stream
    draining,   // refused: reads on for a moment so that the peer sees why
    closed,
  };
  struct Parser;

  void wait_readable();
  void readable();
  void feed(std::string_view bytes);
  void parse();
  void dispatch();
  void refuse(int status, const Error& error);
  void write();
  void written();
  void next_request();
  void set_deadline(std::chrono::milliseconds from_now);

  std::shared_ptr<HttpServer::Impl> server_;
  boost::asio::local::stream_protocol::socket socket_;
  Phase phase_ = Phase::idle;
  std::unique_ptr<Parser> parser_;
  std::string in_;   // received and not parsed yet: part of a header, or pipelined requests
  std::string out_;  // being sent, from out_at_ on
  std::size_t out_at_ = 0;
  bool keep_alive_ = true, head_only_ = false, ending_ = false, fresh_ = true;
  bool waiting_read_ = false, waiting_write_ = false, flush_posted_ = false;
  Steady::time_point deadline_ = Steady::time_point::max();
  Steady::time_point body_deadline_ = Steady::time_point::max();
  Steady::time_point since_ = Steady::now();
  std::function<void()> closed_;
};

}  // namespace ketrew::daemon
