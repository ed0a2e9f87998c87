// TERM and INT ask the daemon to stop, HUP to read its profile again.
#pragma once

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace ketrew::daemon {

// While it lives, the signals are turned into calls on the loop. PIPE is ignored from then on.
class DaemonSignals {
 public:
  DaemonSignals(boost::asio::io_context& loop, std::function<void()> stop,
                std::function<void()> reload);
  ~DaemonSignals();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ketrew::daemon
