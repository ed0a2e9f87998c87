#include "backends/daemonize/supervisor/client.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace ketrew::daemonize {
namespace {

constexpr int launch_rounds = 100;
constexpr Milliseconds launch_pause{50};
constexpr std::size_t kept_ends = 200000;

tl::unexpected<Error> no_answer() {
  return fail(ErrorKind::timeout, "the supervisor of local jobs did not answer in time");
}
tl::unexpected<Error> broke() {
  return fail(ErrorKind::unavailable, "the connection to the supervisor of local jobs broke");
}

}  // namespace

SupervisorClient::SupervisorClient(ClientSettings settings, Changed changed)
    : settings_(std::move(settings)),
      changed_(std::move(changed)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      reader_([this] { read_loop(); }) {}

SupervisorClient::~SupervisorClient() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
  reader_.join();
}

Result<> SupervisorClient::launch() {
  std::string program = settings_.program, directory = settings_.directory, option = "--idle-ms",
              idle = std::to_string(settings_.idle_ms);
  char* argv[] = {program.data(), directory.data(), option.data(), idle.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  // Not our stdin and stdout: those are the backend protocol.
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail_errno("start " + program, error);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(ErrorKind::unavailable, program + " could not start; its reason is in the log");
  return {};
}

Result<Fd> SupervisorClient::connect_only() const {
  const Fd folder(::open(settings_.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail_errno("open " + settings_.directory, errno);
  // Through the folder's descriptor: the path of the socket may be longer than an address holds.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/socket", folder.get());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("socket", errno);
  if (::connect(socket.get(), static_cast<sockaddr*>(static_cast<void*>(&address)),
                sizeof address) != 0)
    return fail_errno("connect to " + settings_.directory + "/socket", errno);
  return socket;
}

bool SupervisorClient::runs() const { return connect_only().has_value(); }

Result<Fd> SupervisorClient::connect_or_launch() {
  if (const auto made = make_directories(settings_.directory); !made) return pass(made.error());
  for (int round = 0;; ++round) {
    auto socket = connect_only();
    if (socket) return socket;
    const bool nobody_listens = socket.error().kind == ErrorKind::not_found ||     // ENOENT
                                socket.error().kind == ErrorKind::unavailable;     // ECONNREFUSED
    if (!nobody_listens || round >= launch_rounds) return socket;
    if (const auto launched = launch(); !launched) return pass(launched.error());
    if (round > 0) std::this_thread::sleep_for(launch_pause);  // another one is about to leave
  }
}

// Called with the lock held; gives it up while it connects.
Result<> SupervisorClient::ensure_connected(std::unique_lock<std::mutex>& lock) {
  answered_.wait(lock, [&] { return !connecting_; });
  if (socket_) return {};
  if (stopping_) return broke();
  connecting_ = true;
  lock.unlock();
  auto socket = connect_or_launch();
  std::string hello;
  wire::Writer writer(hello);
  writer.begin(wire::Kind::hello);
  writer.u32(wire::version);
  writer.texts(settings_.environment);
  writer.end();
  const Result<> greeted =
      socket ? write_all(socket->get(), hello) : Result<>(pass(socket.error()));
  lock.lock();
  connecting_ = false;
  if (greeted) {
    socket_ = std::make_shared<Fd>(std::move(*socket));
    ++connection_;
    pids_ = {};
    const std::uint64_t one = 1;
    static_cast<void>(!::write(wake_.get(), &one, sizeof one));
  }
  answered_.notify_all();
  return greeted;
}

// A broken pipe shows in the reader as well; nothing is to be done about it here.
void SupervisorClient::send_all(int fd, std::string_view bytes) {
  const std::lock_guard lock(sending_);
  while (!bytes.empty()) {
    const ssize_t size = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

std::vector<Result<wire::Started>> SupervisorClient::start(std::span<const wire::Start> starts) {
  std::vector<Result<wire::Started>> results(starts.size(), no_answer());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < starts.size(); ++i) open.push_back(i);
  const Mono deadline = MonoClock::now() + settings_.patience;
  for (int round = 0; !open.empty() && MonoClock::now() < deadline; ++round) {
    std::string bytes;
    wire::Writer writer(bytes);
    for (const auto i : open) write(writer, starts[i]);
    std::unique_lock lock(mutex_);
    if (const auto connected = ensure_connected(lock); !connected) {
      // Never sent: that is proof that it was not started.
      for (const auto i : open)
        if (round == 0) {
          results[i] = wire::Started{
              starts[i].token, wire::StartAnswer::refused_for_now, {}, connected.error().text()};
        } else {
          results[i] = pass(connected.error());
        }
      if (round == 0) return results;
      lock.unlock();
      std::this_thread::sleep_for(launch_pause);
      continue;
    }
    std::size_t unanswered = 0;  // counted down by the reader, which wakes us at 0 only
    for (const auto i : open) {
      StartWaiting& waiting = starts_[starts[i].token];
      if (waiting.unanswered != &unanswered) ++unanswered;
      waiting = {&unanswered, {}};
      watched_.insert(starts[i].token);
    }
    const auto socket = socket_;
    const std::uint64_t connection = connection_;
    lock.unlock();
    send_all(socket->get(), bytes);
    lock.lock();
    answered_.wait_for(lock, deadline - MonoClock::now(),
                       [&] { return unanswered == 0 || connection_ != connection || !socket_; });
    std::vector<std::size_t> left;
    for (const auto i : open) {
      auto& answer = starts_[starts[i].token].answer;
      if (answer) {
        results[i] = *answer;
      } else {
        results[i] = socket_ && connection_ == connection ? no_answer() : broke();
        left.push_back(i);
      }
    }
    for (const auto i : open) starts_.erase(starts[i].token);
    open = std::move(left);
  }
  return results;
}

std::vector<Result<wire::Found>> SupervisorClient::find(
    std::span<const std::pair<std::string, std::string>> asked) {
  std::vector<Result<wire::Found>> results(asked.size(), no_answer());
  std::string bytes;
  wire::Writer writer(bytes);
  for (const auto& [token, root] : asked) {
    writer.begin(wire::Kind::find);
    writer.text(token);
    writer.text(root);
    writer.end();
  }
  std::unique_lock lock(mutex_);
  if (const auto connected = ensure_connected(lock); !connected) {
    for (auto& result : results) result = pass(connected.error());
    return results;
  }
  for (const auto& [token, root] : asked) finds_[token].reset();
  const auto socket = socket_;
  const std::uint64_t connection = connection_;
  lock.unlock();
  send_all(socket->get(), bytes);
  lock.lock();
  std::size_t first = 0;
  answered_.wait_for(lock, settings_.patience, [&] {
    while (first < asked.size() && finds_[asked[first].first]) ++first;
    return first == asked.size() || connection_ != connection || !socket_;
  });
  for (std::size_t i = 0; i < asked.size(); ++i) {
    auto& answer = finds_[asked[i].first];
    if (answer) {
      if (answer->answer == wire::FindAnswer::here) watched_.insert(answer->token);
      results[i] = *answer;
    } else if (!socket_ || connection_ != connection) {
      results[i] = broke();
    }
  }
  for (const auto& [token, root] : asked) finds_.erase(token);
  return results;
}

Result<std::vector<wire::Looked>> SupervisorClient::look(const std::vector<std::string>& tokens) {
  std::unique_lock lock(mutex_);
  if (const auto connected = ensure_connected(lock); !connected) return pass(connected.error());
  const std::uint32_t request = next_request_++;
  looks_[request].reset();
  const auto socket = socket_;
  const std::uint64_t connection = connection_;
  lock.unlock();
  std::string bytes;
  wire::Writer writer(bytes);
  writer.begin(wire::Kind::look);
  writer.u32(request);
  writer.texts(tokens);
  writer.end();
  send_all(socket->get(), bytes);
  lock.lock();
  answered_.wait_for(lock, settings_.patience, [&] {
    return looks_[request].has_value() || connection_ != connection || !socket_;
  });
  auto answer = std::move(looks_[request]);
  looks_.erase(request);
  if (!answer) return socket_ && connection_ == connection ? no_answer() : broke();
  if (answer->size() != tokens.size())
    return fail(ErrorKind::corrupt, "the supervisor's answer is not about what was asked");
  for (const auto& looked : *answer)
    if (looked.answer != wire::LookAnswer::unknown && looked.answer != wire::LookAnswer::ended)
      watched_.insert(looked.token);
  return std::move(*answer);
}

Result<std::vector<wire::KillAnswer>> SupervisorClient::kill(
    const std::vector<std::string>& tokens, std::optional<std::uint32_t> grace_ms) {
  std::unique_lock lock(mutex_);
  if (const auto connected = ensure_connected(lock); !connected) return pass(connected.error());
  const std::uint32_t request = next_request_++;
  kills_[request].reset();
  const auto socket = socket_;
  const std::uint64_t connection = connection_;
  lock.unlock();
  std::string bytes;
  wire::Writer writer(bytes);
  writer.begin(wire::Kind::kill);
  writer.u32(request);
  writer.u32(grace_ms.value_or(UINT32_MAX));
  writer.texts(tokens);
  writer.end();
  send_all(socket->get(), bytes);
  lock.lock();
  answered_.wait_for(lock, settings_.patience, [&] {
    return kills_[request].has_value() || connection_ != connection || !socket_;
  });
  auto answer = std::move(kills_[request]);
  kills_.erase(request);
  if (!answer) return socket_ && connection_ == connection ? no_answer() : broke();
  if (answer->size() != tokens.size())
    return fail(ErrorKind::corrupt, "the supervisor's answer is not about what was asked");
  return std::move(*answer);
}

std::optional<wire::End> SupervisorClient::take_end(const std::string& token) {
  const std::lock_guard lock(mutex_);
  const auto it = ends_.find(token);
  if (it == ends_.end()) return std::nullopt;
  auto end = std::move(it->second);
  ends_.erase(it);
  return end;
}

void SupervisorClient::watch(const std::vector<std::string>& tokens) {
  const std::lock_guard lock(mutex_);
  watched_.insert(tokens.begin(), tokens.end());
}

Result<SupervisorPids> SupervisorClient::pids() {
  std::unique_lock lock(mutex_);
  if (const auto connected = ensure_connected(lock); !connected) return pass(connected.error());
  answered_.wait_for(lock, settings_.patience, [&] { return pids_.supervisor != 0 || !socket_; });
  if (pids_.supervisor == 0) return broke();
  return pids_;
}

void SupervisorClient::tell_to_leave() {
  std::unique_lock lock(mutex_);
  if (!socket_) return;
  watched_.clear();  // so that it is not started again
  const auto socket = socket_;
  lock.unlock();
  std::string bytes;
  wire::Writer writer(bytes);
  writer.begin(wire::Kind::leave);
  writer.end();
  send_all(socket->get(), bytes);
  lock.lock();
  answered_.wait_for(lock, std::chrono::seconds(10), [&] { return socket_ != socket; });
}

void SupervisorClient::connection_broke() {
  std::vector<std::string> doubtful;
  Milliseconds pause{10};
  {
    const std::lock_guard lock(mutex_);
    socket_.reset();
    pids_ = {};
  }
  answered_.notify_all();
  for (;;) {
    std::unique_lock lock(mutex_);
    if (stopping_ || watched_.empty() || socket_) break;
    if (ensure_connected(lock)) break;
    lock.unlock();
    pollfd waiting{wake_.get(), POLLIN, 0};
    ::poll(&waiting, 1, static_cast<int>(pause.count()));
    pause = std::min<Milliseconds>(pause * 2, std::chrono::seconds(5));
  }
  {
    const std::lock_guard lock(mutex_);
    doubtful.assign(watched_.begin(), watched_.end());
  }
  // What ended meanwhile was not announced to us.
  if (!doubtful.empty()) changed_(doubtful);
}

// Whether somebody who waits can go on.
bool SupervisorClient::take(const wire::Frame& frame, std::vector<std::string>& over) {
  wire::Reader reader(frame.body);
  if (frame.kind == wire::Kind::started) {
    auto started = wire::read_started(frame.body);
    if (!started) return false;
    const auto it = starts_.find(started->token);
    if (it == starts_.end() || it->second.answer) return false;
    it->second.answer = std::move(*started);
    return --*it->second.unanswered == 0;
  } else if (frame.kind == wire::Kind::ended) {
    std::string token(reader.text());
    wire::End end = wire::read_end(reader);
    if (!reader.ok() || watched_.erase(token) == 0) return false;
    if (ends_.size() < kept_ends) ends_.insert_or_assign(token, std::move(end));
    over.push_back(std::move(token));
    return false;
  } else if (frame.kind == wire::Kind::lost) {
    std::string token(reader.text());
    if (reader.ok() && watched_.erase(token) > 0) over.push_back(std::move(token));
    return false;
  } else if (frame.kind == wire::Kind::found) {
    auto found = wire::read_found(frame.body);
    if (!found) return false;
    const auto it = finds_.find(found->token);
    if (it != finds_.end()) it->second = std::move(*found);
  } else if (frame.kind == wire::Kind::looked) {
    const std::uint32_t request = reader.u32(), count = reader.u32();
    std::vector<wire::Looked> looked;
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) looked.push_back(read_looked(reader));
    if (const auto it = looks_.find(request); it != looks_.end() && reader.ok())
      it->second = std::move(looked);
  } else if (frame.kind == wire::Kind::killed) {
    const std::uint32_t request = reader.u32(), count = reader.u32();
    std::vector<wire::KillAnswer> answers;
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i)
      answers.push_back(static_cast<wire::KillAnswer>(reader.byte()));
    if (const auto it = kills_.find(request); it != kills_.end() && reader.ok())
      it->second = std::move(answers);
  } else if (frame.kind == wire::Kind::welcome) {
    reader.u32();
    pids_.supervisor = static_cast<int>(reader.u32());
    pids_.guardian = static_cast<int>(reader.u32());
  }
  return true;
}

void SupervisorClient::read_loop() {
  std::string bytes;
  std::vector<char> buffer(std::size_t{256} << 10);
  std::uint64_t connection = 0;
  for (;;) {
    std::shared_ptr<Fd> socket;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      socket = socket_;
      if (connection != connection_) bytes.clear();
      connection = connection_;
    }
    pollfd waiting[2] = {{wake_.get(), POLLIN, 0}, {socket ? socket->get() : -1, POLLIN, 0}};
    if (::poll(waiting, 2, -1) <= 0) continue;
    if (waiting[0].revents) {
      std::uint64_t count;
      static_cast<void>(!::read(wake_.get(), &count, sizeof count));
    }
    if (!waiting[1].revents) continue;
    const ssize_t size = ::recv(socket->get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0) {
      bytes.clear();
      connection_broke();
      continue;
    }
    bytes.append(buffer.data(), static_cast<std::size_t>(size));
    std::vector<std::string> over;
    bool tell = false;
    {
      const std::lock_guard lock(mutex_);
      std::string_view rest = bytes;
      wire::Frame frame{};
      wire::Cut cut;
      while ((cut = wire::cut_frame(rest, frame)) == wire::Cut::frame)
        tell = take(frame, over) || tell;
      if (cut == wire::Cut::broken) ::shutdown(socket->get(), SHUT_RDWR);
      bytes.erase(0, bytes.size() - rest.size());
    }
    if (tell) answered_.notify_all();
    // It may overtake the answer to the start: the protocol allows that.
    if (!over.empty()) changed_(over);
  }
}

}  // namespace ketrew::daemonize
