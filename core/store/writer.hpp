// The one thread that writes.
#pragma once

#include <condition_variable>
#include <thread>

#include "core/store/writing.hpp"

namespace ketrew::store {

class Writer {
 public:
  // `db` is used by the writer's thread alone from here on.
  Writer(std::unique_ptr<Connection> db, std::int64_t epoch, GroupCommit::OpenJobs open_jobs,
         Writing::Callbacks callbacks);
  ~Writer();  // writes what is queued if it can

  void push(Item item);
  std::string problem() const { return writing_.problem(); }
  void stop_for_ever(const Error& error);

 private:
  void run();

  Writing writing_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> queue_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace ketrew::store
