// A backend's connection to the supervisor: started on demand, made again when it breaks.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "backends/daemonize/supervisor/wire.hpp"
#include "core/base/clock.hpp"
#include "core/base/file.hpp"

namespace ketrew::daemonize {

struct ClientSettings {
  std::string directory;                 // <home>/supervisor, absolute
  std::string program;                   // the supervisor's; run when nobody listens
  std::vector<std::string> environment;  // NAME=VALUE: of the jobs
  int idle_ms = 60000;                   // handed to a supervisor that we start
  Milliseconds patience{90000};          // for one request; the protocol's deadlines are longer
};

struct SupervisorPids {
  int supervisor = 0, guardian = 0;
};

// Thread-safe. `changed` is called from a thread of this class, with tokens that were asked about
// here and whose job is over, or of whose end nothing was heard because the connection broke.
class SupervisorClient {
 public:
  using Changed = std::function<void(const std::vector<std::string>&)>;
  SupervisorClient(ClientSettings settings, Changed changed);
  ~SupervisorClient();

  // An answer for each, in order; an error where none came (the start may have happened). A start
  // whose answer was lost is asked again: the token makes that safe.
  std::vector<Result<wire::Started>> start(std::span<const wire::Start> starts);
  std::vector<Result<wire::Found>> find(std::span<const std::pair<std::string, std::string>> asked);
  Result<std::vector<wire::Looked>> look(const std::vector<std::string>& tokens);
  Result<std::vector<wire::KillAnswer>> kill(const std::vector<std::string>& tokens,
                                             std::optional<std::uint32_t> grace_ms);
  // How a job ended, if the supervisor told us; forgets it.
  std::optional<wire::End> take_end(const std::string& token);
  // From here on its end is announced.
  void watch(const std::vector<std::string>& tokens);
  Result<SupervisorPids> pids();
  // Whether one serves this folder now. Starts none.
  bool runs() const;
  // Tells it to go; for tests and for removing a home. Jobs go on.
  void tell_to_leave();

 private:
  struct StartWaiting {
    std::size_t* unanswered = nullptr;  // of the call that waits
    std::optional<wire::Started> answer;
  };
  Result<> ensure_connected(std::unique_lock<std::mutex>& lock);
  Result<Fd> connect_only() const;
  Result<Fd> connect_or_launch();
  Result<> launch();
  void send_all(int fd, std::string_view bytes);
  void read_loop();
  bool take(const wire::Frame& frame, std::vector<std::string>& over);
  void connection_broke();

  const ClientSettings settings_;
  const Changed changed_;
  std::mutex mutex_;
  std::mutex sending_;
  std::condition_variable answered_;
  std::shared_ptr<Fd> socket_;
  std::uint64_t connection_ = 0;  // counts them
  bool stopping_ = false, connecting_ = false;
  SupervisorPids pids_;
  std::uint32_t next_request_ = 1;
  std::unordered_map<std::string, StartWaiting> starts_;
  std::unordered_map<std::string, std::optional<wire::Found>> finds_;
  std::unordered_map<std::uint32_t, std::optional<std::vector<wire::Looked>>> looks_;
  std::unordered_map<std::uint32_t, std::optional<std::vector<wire::KillAnswer>>> kills_;
  std::unordered_set<std::string> watched_;
  std::unordered_map<std::string, wire::End> ends_;
  Fd wake_;
  std::thread reader_;
};

}  // namespace ketrew::daemonize
