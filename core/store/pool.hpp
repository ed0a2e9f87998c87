// A few threads that work through a queue.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/store/sqlite.hpp"

namespace ketrew::store {

// Each thread has a connection of its own, opened when it is first needed. Tasks get null where it
// cannot be opened, and the reason. What is queued when the pool goes is still done.
class Pool {
 public:
  using Connect = std::function<std::unique_ptr<Connection>()>;
  using Task = std::function<void(Connection*, const SqliteFailure&)>;

  Pool(int threads, Connect connect);
  ~Pool();
  void push(Task task);
  void finish();  // waits for what is queued; what is pushed from then on is not done

 private:
  void run();

  Connect connect_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ketrew::store
