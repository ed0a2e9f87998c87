// A backend's process and the daemon's end of a conversation with it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/base/clock.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/protocol/line_reader.hpp"

namespace ketrew::contract {

class BackendProcess {
 public:
  BackendProcess() = default;
  explicit BackendProcess(const std::vector<std::string>& command);
  BackendProcess(BackendProcess&& other) noexcept { *this = std::move(other); }
  BackendProcess& operator=(BackendProcess&& other) noexcept;  // ends the process it had
  ~BackendProcess();                                           // ends the process, and no other

  void send_line(const std::string& line);
  // Returns its id.
  std::string send(const std::string& method, const Json& params);
  // The answer to `id`: a whole JSON-RPC message; null where none came before its method's deadline
  // (a failed test), or the process ended. Answers to others are kept for their turn.
  Json receive(const std::string& id);
  // The next answer that has the id null.
  Json receive_without_id() { return receive("null"); }
  // Whether that answer is here already.
  bool has_answer(const std::string& id);
  Json ask(const std::string& method, const Json& params) { return receive(send(method, params)); }
  // The `result` of an answer; fails the test where it is an error.
  Json result_of(const std::string& method, const Json& params);

  void close_input() { in_.reset(); }
  void kill_hard();
  // Its wait status; nothing if it is still there after the bound.
  std::optional<int> wait();

 private:
  enum class Reading { more, late, ended };
  Reading read_more(Mono until);

  pid_t pid_ = -1;
  Fd in_, out_;
  protocol::LineReader reader_;
  std::map<std::string, Json> answers_;
  std::map<std::string, std::string> methods_;  // of the requests under way, by id
  std::uint64_t next_id_ = 1;
};

}  // namespace ketrew::contract
