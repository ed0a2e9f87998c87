#include "app/ketrewd/daemon_signals.hpp"

#include <csignal>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace ketrew::daemon {

struct DaemonSignals::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& loop, std::function<void()> on_stop,
       std::function<void()> on_reload)
      : signals(loop, SIGTERM, SIGINT, SIGHUP),
        stop(std::move(on_stop)),
        reload(std::move(on_reload)) {}

  void wait() {
    signals.async_wait(
        [weak = weak_from_this()](const boost::system::error_code& error, int which) {
          const auto self = weak.lock();
          if (error || !self) return;
          self->wait();
          if (which == SIGHUP)
            self->reload();
          else
            self->stop();
        });
  }

  boost::asio::signal_set signals;
  std::function<void()> stop, reload;
};

DaemonSignals::DaemonSignals(boost::asio::io_context& loop, std::function<void()> stop,
                             std::function<void()> reload)
    : impl_(std::make_shared<Impl>(loop, std::move(stop), std::move(reload))) {
  ::signal(SIGPIPE, SIG_IGN);
  impl_->wait();
}
DaemonSignals::~DaemonSignals() = default;

}  // namespace ketrew::daemon
