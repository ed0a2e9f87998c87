#include "tests/contract/backend_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/contract/settings.hpp"
#include "tests/support/wait_until.hpp"

namespace ketrew::contract {
namespace {

// What the protocol gives each call (backends/README.md).
Milliseconds deadline_of(const std::string& method) {
  if (settings().patience) return *settings().patience;
  if (method == "update") return std::chrono::minutes(5);
  if (method == "start" || method == "find" || method == "kill") return std::chrono::minutes(2);
  return std::chrono::minutes(1);
}

}  // namespace

BackendProcess::BackendProcess(const std::vector<std::string>& command) {
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) return;
  in_.reset(to[1]);
  out_.reset(from[0]);
  const Fd child_in(to[0]), child_out(from[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, child_in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_out.get(), STDOUT_FILENO);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  if (posix_spawnp(&pid_, words[0], &actions, nullptr, words.data(), environ) != 0) pid_ = -1;
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_GT(pid_, 0) << "cannot run " << command.front();
}

BackendProcess& BackendProcess::operator=(BackendProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(in_, other.in_);
  std::swap(out_, other.out_);
  std::swap(reader_, other.reader_);
  std::swap(answers_, other.answers_);
  std::swap(methods_, other.methods_);
  std::swap(next_id_, other.next_id_);
  return *this;  // the other's destructor ends what we had
}

BackendProcess::~BackendProcess() {
  in_.reset();
  if (pid_ <= 0) return;
  kill_hard();
  waitpid(pid_, nullptr, 0);
}

void BackendProcess::send_line(const std::string& line) {
  EXPECT_TRUE(write_all(in_.get(), line + '\n')) << "the backend does not read";
}

std::string BackendProcess::send(const std::string& method, const Json& params) {
  const std::uint64_t id = next_id_++;
  methods_[std::to_string(id)] = method;
  send_line(Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump());
  return std::to_string(id);
}

BackendProcess::Reading BackendProcess::read_more(Mono until) {
  const auto left = std::max<std::int64_t>(0, (until - MonoClock::now()).count());
  pollfd wanted{out_.get(), POLLIN, 0};
  if (poll(&wanted, 1, static_cast<int>(left)) <= 0) return Reading::late;
  char buffer[65536];
  const ssize_t got = read(out_.get(), buffer, sizeof buffer);
  if (got <= 0) return Reading::ended;
  if (!reader_.feed({buffer, static_cast<std::size_t>(got)})) {
    ADD_FAILURE() << "a line that is too long";
    return Reading::ended;
  }
  while (const auto line = reader_.next()) {
    const Json message = Json::parse(*line, nullptr, false);
    const bool is_message = message.is_object() && message.value("jsonrpc", Json()) == "2.0";
    EXPECT_TRUE(is_message) << "what it wrote is no message: " << *line;
    if (is_message && message.contains("id")) answers_[message["id"].dump()] = message;
  }
  return Reading::more;
}

Json BackendProcess::receive(const std::string& id) {
  const std::string method = methods_[id];
  const Milliseconds deadline = deadline_of(method);
  const Mono until = MonoClock::now() + deadline;
  methods_.erase(id);
  while (true) {
    if (const auto at = answers_.find(id); at != answers_.end()) {
      Json answer = std::move(at->second);
      answers_.erase(at);
      return answer;
    }
    const Reading came = read_more(until);
    if (came == Reading::more) continue;
    if (came == Reading::late)
      ADD_FAILURE() << "no answer to " << (method.empty() ? "a line that is no request" : method)
                    << " within its deadline of " << deadline.count() / 1000 << " s";
    return nullptr;
  }
}

bool BackendProcess::has_answer(const std::string& id) {
  while (!answers_.contains(id) && read_more(MonoClock::now()) == Reading::more) {}
  return answers_.contains(id);
}

Json BackendProcess::result_of(const std::string& method, const Json& params) {
  const Json answer = ask(method, params);
  const bool good = answer.is_object() && answer.contains("result");
  EXPECT_TRUE(good) << method << " gave " << answer.dump();
  return good ? answer["result"] : Json();
}

void BackendProcess::kill_hard() {
  if (pid_ > 0) kill(pid_, SIGKILL);
}

std::optional<int> BackendProcess::wait() {
  int status = 0;
  if (!wait_until([&] { return waitpid(pid_, &status, WNOHANG) == pid_; })) return std::nullopt;
  pid_ = -1;
  return status;
}

}  // namespace ketrew::contract
