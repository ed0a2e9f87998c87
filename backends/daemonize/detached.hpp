// `using: nohup-setsid` and `python-daemon`: jobs that detach themselves, on this machine or behind
// ssh. Everything is asked in one command per host; nothing is remembered but in the jobs' states
// and their playgrounds.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "backends/daemonize/way.hpp"

namespace ketrew::daemonize {

class Detached : public Way {
 public:
  using Changed = std::function<void(const std::vector<std::string>&)>;
  // The daemon polls rarely, as it is told of the ends of supervised jobs: for detached ones it is
  // asked by `changed` to look, every `poll_interval` while there are any.
  Detached(std::string control_directory, Changed changed,
           Milliseconds poll_interval = std::chrono::seconds(5));
  ~Detached() override;

  std::vector<Base::StartResult> start(const HostUri& host,
                                       std::span<const StartOrder> orders) override;
  std::vector<Base::FindResult> find(const HostUri& host,
                                     std::span<const sdk::FindRequest* const> requests) override;
  void update(const HostUri& host, std::span<Base::Job* const> jobs) override;
  void kill(const HostUri& host, std::span<Base::KillJob* const> jobs) override;

 private:
  void remember(const std::string& token, bool unfinished);
  void ask_for_polls();

  const std::string control_directory_;
  const Changed changed_;
  const Milliseconds poll_interval_;
  std::mutex mutex_;
  std::condition_variable wake_;
  // How often each was announced since it was last asked about: nobody wants to know for ever.
  std::unordered_map<std::string, int> unfinished_;
  bool stopping_ = false;
  std::thread poller_;
};

}  // namespace ketrew::daemonize
