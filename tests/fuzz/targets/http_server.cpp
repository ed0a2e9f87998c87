// The daemon's HTTP server, over a socket of its own: any bytes, then the end of them.
#include <boost/asio/io_context.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/ketrewd/http_server.hpp"
#include "core/base/file.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ketrew::fuzz {
namespace {

// Answers what can be answered in each of the ways that endpoints do.
void answer(daemon::Request request, daemon::Responder responder) {
  must(!request.target.empty() && request.target[0] == '/', "a target is a path");
  if (request.parameter("stream")) {
    auto stream = responder.stream();
    stream.send("1", "transition", request.body);
  } else if (request.parameter("problem")) {
    responder.problem({ErrorKind::invalid, one_line(request.target, 80), ""});
  } else {
    responder.respond(200, "text/plain", request.method + " " + request.body);
  }
}

class Server {
 public:
  Server() : server_(loop_, answer, limits()) {
    std::signal(SIGPIPE, SIG_IGN);
    path_ = "/tmp/ketrew-fuzz-" + std::to_string(::getpid());
    ::unlink(path_.c_str());
    must(server_.listen(path_).has_value(), "it listens");
  }
  ~Server() { ::unlink(path_.c_str()); }

  std::string talk(std::string_view input) {
    const Fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    must(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "connects");
    std::size_t sent = 0;
    std::string got;
    char buffer[4096];
    const auto receive = [&] {
      const auto size = ::recv(client.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (size > 0) got.append(buffer, static_cast<std::size_t>(size));
      return size;
    };
    bool ended = false;
    for (int turn = 0; turn < 10'000; ++turn) {
      if (sent < input.size()) {
        const auto size = ::send(client.get(), input.data() + sent, input.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent = size > 0 ? sent + static_cast<std::size_t>(size) : sent;
        if (size < 0 && errno != EAGAIN) sent = input.size();
      } else if (!ended) {
        ::shutdown(client.get(), SHUT_WR);
        ended = true;
      }
      loop_.restart();
      loop_.poll();
      const auto size = receive();
      if (size == 0 || (size < 0 && errno != EAGAIN)) return got;  // closed
    }
    must(false, "the connection ends when its peer has said all");
    return got;
  }

 private:
  static daemon::HttpLimits limits() {
    daemon::HttpLimits limits;
    limits.header = 2048;
    limits.body = 4096;
    return limits;
  }
  boost::asio::io_context loop_{1};
  daemon::HttpServer server_;
  std::string path_;
};

}  // namespace
}  // namespace ketrew::fuzz

FUZZ_TARGET(http_server) {
  static Server server;
  const std::string answer = server.talk(input);
  must(answer.empty() || answer.starts_with("HTTP/1."), "answers are HTTP");
}
