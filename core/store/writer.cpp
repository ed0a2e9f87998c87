#include "core/store/writer.hpp"

namespace ketrew::store {

Writer::Writer(std::unique_ptr<Connection> db, std::int64_t epoch, GroupCommit::OpenJobs open_jobs,
               Writing::Callbacks callbacks)
    : writing_(std::move(db), epoch, std::move(open_jobs), std::move(callbacks)) {
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Writer::push(Item item) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(item));
  }
  wake_.notify_one();
}

void Writer::stop_for_ever(const Error& error) {
  writing_.stop_for_ever(error);
  {
    const std::lock_guard lock(mutex_);  // or the thread may be about to wait
  }
  wake_.notify_all();
}

void Writer::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto something = [this] { return stop_ || !queue_.empty(); };
      // With nothing to write, an empty group finds out whether writing works again: as long as
      // there is a problem nothing is started, and then nothing would come.
      if (writing_.idle() && (writing_.problem().empty() || writing_.dead()))
        wake_.wait(lock, something);
      else if (writing_.idle())
        wake_.wait_for(lock, Writing::longest_backoff, something);
      writing_.take(queue_);
      if (writing_.idle() && stop_) return;
    }
    const Milliseconds wait = writing_.write_some();
    if (wait == Milliseconds(0)) continue;
    std::unique_lock lock(mutex_);
    if (!stop_) {
      wake_.wait_for(lock, wait, [this] { return stop_ || writing_.dead(); });
      continue;
    }
    lock.unlock();
    writing_.give_up();  // that was the last try
  }
}

}  // namespace ketrew::store
