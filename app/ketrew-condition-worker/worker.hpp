// The worker's conversation: JSON-RPC on stdin and stdout as a backend's, so that the daemon
// supervises it as one. Methods: `initialize`, `shutdown`, and
//
//   evaluate {"host": URI, "conditions": [CONDITION, ...]}
//     -> {"verdicts": [{"verdict": "holds"|"fails"|"cannot-tell"|"broken", "evidence": {...}}, ...]}
//     -> {"cannot_tell": WHY} where the host cannot be reached
//
//   sweep {"host": URI} -> {"playgrounds": [{"token": T, "stand": "over"|"open"|"bare",
//                            "unfinished": BOOL}, ...]}, or "cannot_tell" as above
//   remove {"host": URI, "tokens": [T, ...], "unfinished": BOOL} -> {"removed": [T, ...]}, or "cannot_tell"
//
// Another failure (a time-out, an answer that is cut) may be one condition's fault: an error.
// A call is one command on its host and has a thread of its own: a slow host holds up nobody.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>

#include "core/host/host.hpp"
#include "core/protocol/message.hpp"

namespace ketrew::conditions {

class Worker {
 public:
  explicit Worker(int output) : output_(output) {}
  // Until the input ends or `shutdown`; then waits for the calls under way. The exit code.
  int serve(int input);

 private:
  void take_line(std::string_view line);
  void take_request(const protocol::Request& request);
  void evaluate(const std::string& id, const std::string& params);
  void sweep(const std::string& id, const std::string& params);
  void remove(const std::string& id, const std::string& params);
  Result<host::ShellOutput> run(const std::string& id, const HostUri& host, const std::string& text);
  void cannot_tell(std::string_view id, const Error& why);
  void respond(std::string_view id, const Json& result);
  void answer(const std::string& line);
  void refuse(std::string_view id, protocol::ErrorCode code, std::string_view why);

  const int output_;
  std::string control_directory_;
  bool shutdown_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t under_way_ = 0;
};

}  // namespace ketrew::conditions
