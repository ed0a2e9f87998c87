// What the parts that only compose need of the loop: its clocks, and work for later. The daemon's is
// over Asio; the simulation's has a time of its own.
#pragma once

#include <functional>
#include <optional>

#include "core/base/clock.hpp"

namespace ketrew::daemon {

class Loop {
 public:
  virtual ~Loop() = default;
  virtual Now now() const = 0;
  // At a later turn of the loop, in order. From any thread.
  virtual void post(std::function<void()> work) = 0;
  // On the loop, in the place of what was to be done before; nothing: nothing is.
  virtual void wake_at(std::optional<Mono> time, std::function<void()> work) = 0;
};

}  // namespace ketrew::daemon
