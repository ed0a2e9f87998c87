#include "app/ketrewd/memory_return.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <malloc.h>

namespace ketrew::daemon {

struct MemoryReturn::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& loop, std::function<void()> g, Milliseconds q)
      : timer(loop), give_back(std::move(g)), quiet(q) {}

  boost::asio::steady_timer timer;
  const std::function<void()> give_back;
  const Milliseconds quiet;
  std::size_t work = 0;                // since the last time
  bool waiting = false, busy = false;  // busy: something happened since the timer was set

  void wait() {
    waiting = true;
    busy = false;
    timer.expires_after(quiet);
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
      const auto self = weak.lock();
      if (!self || cancelled) return;
      self->waiting = false;
      if (self->busy) return self->wait();
      self->work = 0;
      self->give_back();
    });
  }
};

MemoryReturn::MemoryReturn(boost::asio::io_context& loop, std::function<void()> give_back,
                           Milliseconds quiet)
    : impl_(std::make_shared<Impl>(loop, std::move(give_back), quiet)) {}
MemoryReturn::~MemoryReturn() = default;

void MemoryReturn::worked(std::size_t jobs) {
  impl_->work += jobs;
  impl_->busy = true;
  if (impl_->work >= many && !impl_->waiting) impl_->wait();
}

void trim_heaps() { ::malloc_trim(0); }

void keep_heaps_few() { ::mallopt(M_ARENA_MAX, 2); }

}  // namespace ketrew::daemon
