// An io_context on a thread of its own, for tests whose other side uses blocking calls.
#pragma once

#include <future>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace ketrew::daemon {

class LoopThread {
 public:
  LoopThread() : thread_([this] { loop.run(); }) {}
  ~LoopThread() { finish(); }

  // Runs `work` on the loop and returns what it returns.
  template <class Work>
  auto on_loop(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    boost::asio::post(loop, [&task] { task(); });
    return result.get();
  }
  void finish() {
    if (!thread_.joinable()) return;
    guard_.reset();
    boost::asio::post(loop, [this] { loop.stop(); });
    thread_.join();
  }

  boost::asio::io_context loop{1};

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{
      loop.get_executor()};
  std::thread thread_;
};

}  // namespace ketrew::daemon
