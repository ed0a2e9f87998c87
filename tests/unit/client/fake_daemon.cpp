#include "tests/unit/client/fake_daemon.hpp"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/ketrew/command.hpp"
#include "core/api/problem.hpp"

namespace ketrew::client {

std::string Got::header(const std::string& name) const {
  const auto at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

Reply json_reply(const Json& document, int status) {
  const std::string body = document.dump();
  return {"HTTP/1.1 " + std::to_string(status) +
              " X\r\nContent-Type: application/json\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body,
          false, false};
}

Reply problem_reply(ErrorKind kind, const std::string& what, const std::string& hint) {
  return json_reply(api::to_problem(Error{kind, what, hint}), api::http_status(kind));
}

Reply events_reply(const std::vector<std::pair<std::string, Json>>& events, bool hold) {
  std::string bytes =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto chunk = [&](const std::string& text) {
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    bytes += size + text + "\r\n";
  };
  chunk(": listening\n\n");
  for (const auto& [id, data] : events)
    chunk("id: " + id + "\nevent: transition\ndata: " + data.dump() + "\n\n");
  return {bytes, !hold, hold};
}

FakeDaemon::FakeDaemon(std::function<Reply(const Got&)> handler) : handler_(std::move(handler)) {
  std::string name = testing::TempDir() + "ketrew-client-XXXXXX";
  home_ = ::mkdtemp(name.data());
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  stop_read_.reset(ends[0]);
  stop_write_.reset(ends[1]);
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", socket().c_str());
  if (::bind(listener_.get(), static_cast<sockaddr*>(static_cast<void*>(&address)),
             sizeof address) != 0 ||
      ::listen(listener_.get(), 64) != 0)
    std::abort();
  thread_ = std::thread([this] {
    while (true) {
      pollfd items[] = {{listener_.get(), POLLIN, 0}, {stop_read_.get(), POLLIN, 0}};
      ::poll(items, 2, -1);
      if (items[1].revents) return;
      Fd connection(::accept(listener_.get(), nullptr, nullptr));
      if (connection)
        connections_.emplace_back([this, fd = connection.release()] { serve(Fd(fd)); });
    }
  });
}

FakeDaemon::~FakeDaemon() {
  stop_write_.reset();
  thread_.join();
  for (auto& thread : connections_) thread.join();
  std::filesystem::remove_all(home_);
}

std::vector<Got> FakeDaemon::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void FakeDaemon::serve(Fd connection) {
  std::string buffer;
  while (true) {
    const auto head_end = buffer.find("\r\n\r\n");
    Got got;
    std::size_t length = 0;
    if (head_end != std::string::npos) {
      got.head = buffer.substr(0, head_end + 2);
      const auto space = got.head.find(' ');
      got.method = got.head.substr(0, space);
      got.target = got.head.substr(space + 1, got.head.find(' ', space + 1) - space - 1);
      const std::string value = got.header("Content-Length");
      length = value.empty() ? 0 : std::stoul(value);
    }
    if (head_end != std::string::npos && buffer.size() >= head_end + 4 + length) {
      got.body = Json::parse(buffer.substr(head_end + 4, length), nullptr, false);
      buffer.erase(0, head_end + 4 + length);
      Reply reply;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(got);
        reply = handler_(got);
      }
      std::string_view rest = reply.bytes;
      while (!rest.empty()) {
        const ssize_t n = ::send(connection.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (n <= 0) return;
        rest.remove_prefix(static_cast<std::size_t>(n));
      }
      if (reply.close) return;
      continue;
    }
    pollfd items[] = {{connection.get(), POLLIN, 0}, {stop_read_.get(), POLLIN, 0}};
    ::poll(items, 2, -1);
    if (items[1].revents) return;
    char bytes[4096];
    const ssize_t n = ::recv(connection.get(), bytes, sizeof bytes, 0);
    if (n <= 0) return;
    buffer.append(bytes, static_cast<std::size_t>(n));
  }
}

api::Patience impatient() {
  api::Patience patience;
  patience.connect = std::chrono::seconds(60);
  patience.answer = std::chrono::seconds(120);
  patience.repeat = Milliseconds(300);
  patience.away = Milliseconds(300);
  return patience;
}

Ran run_client(const std::string& home, const std::vector<std::string>& words,
               const std::string& input) {
  ::setenv("KETREW_HOME", home.c_str(), 1);
  Ran ran;
  char *out = nullptr, *err = nullptr;
  std::size_t out_size = 0, err_size = 0;
  Console console;
  console.out = ::open_memstream(&out, &out_size);
  console.err = ::open_memstream(&err, &err_size);
  std::string copy = input + "x";  // fmemopen wants at least one byte
  console.in = ::fmemopen(copy.data(), input.empty() ? 1 : input.size(), "r");
  if (input.empty()) std::fgetc(console.in);
  ran.exit = run(words, console, impatient());
  std::fclose(console.out);
  std::fclose(console.err);
  std::fclose(console.in);
  ran.out.assign(out, out_size);
  ran.err.assign(err, err_size);
  std::free(out);
  std::free(err);
  return ran;
}

std::string an_id(int number) {
  char id[32];
  std::snprintf(id, sizeof id, "01jd3kqm7xw000000000%06d", number);
  return id;
}

Json a_job(int number, const std::string& state) {
  return Json{{"id", an_id(number)},
              {"name", "job " + std::to_string(number)},
              {"backend", "daemonize"},
              {"host", "/pg"},
              {"program", {{"exec", {"true"}}}},
              {"state", state},
              {"exit_code", state == "failed" ? Json(3) : Json(nullptr)},
              {"attempt", 1},
              {"tags", Json::array()},
              {"submitted_at", "2026-11-23T02:23:52.120Z"}};
}

}  // namespace ketrew::client
