// The loop of the daemon, for those who need not know that it is Asio's.
#pragma once

#include <memory>

#include "app/ketrewd/loop.hpp"

namespace boost::asio {
class io_context;
}

namespace ketrew::daemon {

class AsioLoop : public Loop {
 public:
  explicit AsioLoop(boost::asio::io_context& loop);
  ~AsioLoop() override;
  Now now() const override { return read_clocks(); }
  void post(std::function<void()> work) override;
  void wake_at(std::optional<Mono> time, std::function<void()> work) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ketrew::daemon
