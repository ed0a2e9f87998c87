// The daemon's loop in a time that the world makes.
#pragma once

#include <deque>

#include "app/ketrewd/loop.hpp"

namespace ketrew::simulation {

// The world's time never goes back. What clocks show of it is another matter: the wall clock jumps,
// and the steady one begins anew with the machine.
struct Clocks {
  Milliseconds time{1'000'000};
  Milliseconds booted{0};  // when the machine was started
  Milliseconds wall{0};    // how far off the wall clock is

  Now now() const { return {Mono(time - booted), Wall(time + wall)}; }
};

class VirtualLoop : public daemon::Loop {
 public:
  explicit VirtualLoop(const Clocks& clocks) : clocks_(clocks) {}

  std::function<bool()> deaf;  // planted: whether a time is not heard

  Now now() const override { return clocks_.now(); }
  void post(std::function<void()> work) override { queue_.push_back(std::move(work)); }
  void wake_at(std::optional<Mono> time, std::function<void()> work) override {
    if (time && deaf && deaf()) return;
    wake_ = time;
    work_ = std::move(work);
  }

  // In the world's time.
  std::optional<Milliseconds> next() const {
    if (!queue_.empty()) return clocks_.time;
    if (!wake_) return {};
    return wake_->time_since_epoch() + clocks_.booted;
  }
  void run() {
    if (wake_ && *wake_ <= now().mono) {
      wake_.reset();
      queue_.push_back(std::exchange(work_, {}));
    }
    while (!queue_.empty()) {
      const auto work = std::move(queue_.front());
      queue_.pop_front();
      work();
    }
  }
  void clear() {
    queue_.clear();
    wake_.reset();
    work_ = {};
  }

 private:
  const Clocks& clocks_;
  std::deque<std::function<void()>> queue_;
  std::optional<Mono> wake_;
  std::function<void()> work_;
};

}  // namespace ketrew::simulation
