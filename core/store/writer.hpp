// The one thread that writes.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/store/group.hpp"

namespace ketrew::store {

class Writer {
 public:
  struct Callbacks {
    std::function<void(const std::string&)> on_health;
    std::function<void(const Error&)> on_fatal;
    std::function<void(int pages)> on_wal;  // after a commit: the size of the write-ahead log
  };
  // `db` is used by the writer's thread alone from here on.
  Writer(std::unique_ptr<Connection> db, std::int64_t epoch, GroupCommit::OpenJobs open_jobs,
         Callbacks callbacks);
  ~Writer();  // writes what is queued if it can

  void push(Item item);
  std::string problem() const;
  // Nothing is written from here on (damage that somebody else found). Told once.
  void stop_for_ever(const Error& error);

 private:
  void run();
  void write_some();
  void attempt(std::size_t count);
  void accept(std::size_t count);
  void wait_after_failure();
  void set_problem(const std::string& text);
  void refuse_submissions(std::size_t count, const Error& error);
  void refuse_one(Item* item, const Error& error);
  bool stopping() const;
  bool dead() const;

  std::unique_ptr<Connection> db_;
  GroupCommit group_;
  Callbacks callbacks_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> queue_;
  std::string problem_;
  std::optional<Error> fatal_;
  bool stop_ = false;

  // The thread's own.
  std::deque<Item> pending_;
  Milliseconds backoff_{0};
  int inline_checkpoint_at_ = 0;
  std::thread thread_;
};

}  // namespace ketrew::store
