#include "app/ketrewd/asio_loop.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace ketrew::daemon {

struct AsioLoop::Impl {
  explicit Impl(boost::asio::io_context& l) : loop(l), timer(l) {}
  boost::asio::io_context& loop;
  boost::asio::steady_timer timer;
};

AsioLoop::AsioLoop(boost::asio::io_context& loop) : impl_(std::make_unique<Impl>(loop)) {}
AsioLoop::~AsioLoop() = default;

void AsioLoop::post(std::function<void()> work) { boost::asio::post(impl_->loop, std::move(work)); }

void AsioLoop::wake_at(std::optional<Mono> time, std::function<void()> work) {
  if (!time) {
    impl_->timer.cancel();
    return;
  }
  impl_->timer.expires_after(std::max(*time - MonoClock::now(), Milliseconds(0)));
  impl_->timer.async_wait([work = std::move(work)](const boost::system::error_code& error) {
    if (!error) work();
  });
}

}  // namespace ketrew::daemon
