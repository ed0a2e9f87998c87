#include "core/store/pool.hpp"

namespace ketrew::store {

Pool::Pool(int threads, Connect connect) : connect_(std::move(connect)) {
  for (int i = 0; i < std::max(threads, 1); ++i) threads_.emplace_back([this] { run(); });
}

Pool::~Pool() { finish(); }

void Pool::finish() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Pool::push(Task task) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void Pool::run() {
  std::unique_ptr<Connection> db;
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    SqliteFailure failure;
    try {
      if (!db) db = connect_();
    } catch (const SqliteFailure& reason) {
      failure = reason;
    }
    task(db.get(), failure);
  }
}

}  // namespace ketrew::store
