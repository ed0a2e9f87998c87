// One at a time, in the order of asking. On the loop.
#pragma once

#include <deque>
#include <functional>
#include <memory>

namespace ketrew::daemon {

class Turns {
 public:
  using Turn = std::shared_ptr<void>;  // over when the last copy is gone
  // `over` is called at the end of each turn; `later` runs something at the next turn of the loop.
  Turns(std::function<void()> over, std::function<void(std::function<void()>)> later)
      : state_(std::make_shared<State>()) {
    state_->over = std::move(over);
    state_->later = std::move(later);
  }

  // Calls `begin` when it is its turn, perhaps at once.
  void take(std::function<void(Turn)> begin) {
    state_->waiting.push_back(std::move(begin));
    next(state_);
  }

 private:
  struct State {
    std::function<void()> over;
    std::function<void(std::function<void()>)> later;
    std::deque<std::function<void(Turn)>> waiting;
    bool taken = false;
  };

  static void next(const std::shared_ptr<State>& state) {
    if (state->taken || state->waiting.empty()) return;
    state->taken = true;
    auto begin = std::move(state->waiting.front());
    state->waiting.pop_front();
    begin(Turn(nullptr, [weak = std::weak_ptr(state)](std::nullptr_t) {
      const auto self = weak.lock();
      if (!self) return;
      self->taken = false;
      self->over();
      self->later([weak] {
        if (const auto again = weak.lock()) next(again);
      });
    }));
  }

  std::shared_ptr<State> state_;
};

}  // namespace ketrew::daemon
