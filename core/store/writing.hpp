// What the writing thread does, without being a thread: groups of what was queued become
// transactions; what fails is refused, kept, or the end of all writing.
#pragma once

#include <deque>
#include <mutex>

#include "core/store/group.hpp"

namespace ketrew::store {

class Writing {
 public:
  struct Callbacks {
    std::function<void(const std::string&)> on_health;
    std::function<void(const Error&)> on_fatal;
    std::function<void(int pages)> on_wal;  // after a commit: the size of the write-ahead log
  };
  static constexpr Milliseconds longest_backoff{1000};

  Writing(std::unique_ptr<Connection> db, std::int64_t epoch, GroupCommit::OpenJobs open_jobs,
          Callbacks callbacks);

  // -- of one thread ---------------------------------------------------------------------------
  // Takes over what was queued, behind what is pending.
  void take(std::deque<Item>& queue);
  bool idle() const { return pending_.empty(); }
  // One transaction with the first that are pending, or an empty one, which finds out whether
  // writing works again. More than zero: it failed, and may be tried again after so long.
  Milliseconds write_some();
  // What is pending cannot be kept: submissions and chores are told so, changes are lost.
  void give_up();
  Connection& connection() { return *db_; }

  // -- of any thread ---------------------------------------------------------------------------
  std::string problem() const;
  bool dead() const;
  // Nothing is written from here on (damage, or another owner). Told once.
  void stop_for_ever(const Error& error);

 private:
  Milliseconds attempt(std::size_t count);
  void accept(std::size_t count);
  void set_problem(const std::string& text);
  void refuse_submissions(std::size_t count, const Error& error);
  void refuse_one(Item* item, const Error& error);

  std::unique_ptr<Connection> db_;
  GroupCommit group_;
  Callbacks callbacks_;
  std::deque<Item> pending_;
  Milliseconds backoff_{0};
  int inline_checkpoint_at_ = 0;

  mutable std::mutex mutex_;
  std::string problem_;
  std::optional<Error> fatal_;
};

}  // namespace ketrew::store
