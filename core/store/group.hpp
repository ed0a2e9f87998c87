// One transaction for all that was queued. Each job's row is written once, however many of the
// group's changes are about it.
#pragma once

#include <functional>
#include <span>
#include <variant>

#include "core/store/sqlite.hpp"
#include "core/store/store.hpp"

namespace ketrew::store {

struct SubmissionItem {
  Submission submission;
  std::function<void(Result<Accepted>)> done;
  std::optional<Result<Accepted>> answer;  // decided inside the transaction, told after it
};
struct ChangesItem {
  Changes changes;
  std::function<void()> done;
};
// Something of the store itself, in a transaction of its own.
struct ChoreItem {
  std::function<void(Connection&)> work;  // may throw SqliteFailure
  std::function<void(Result<>)> done;
};
using Item = std::variant<SubmissionItem, ChangesItem, ChoreItem>;

// Rows that an item will write, about; for the size of a group.
std::size_t rows_of(const Item& item);

// Another daemon has taken the database over.
struct OwnerLost {
  std::int64_t epoch = 0;
};

// Used by the writer thread alone.
class GroupCommit {
 public:
  GroupCommit(Connection& db, std::int64_t epoch) : db_(db), epoch_(epoch) {}

  // All items are on disk when this returns. Throws SqliteFailure or OwnerLost: then nothing is,
  // and `culprit` tells which item's own data is to blame, if one's is.
  void write(std::span<Item* const> items);
  Item* culprit() const { return culprit_; }

 private:
  struct Touched {  // a job that the group writes
    JobKey key = 0;
    const JobRecord* added = nullptr;
    const Progress* last = nullptr;  // null: only history
    State before = State::passive;
    Item* item = nullptr;
    bool missing = false;
  };

  void collect(Item& item);
  void collect(SubmissionItem& item, Item& self);
  bool answer_repeat(SubmissionItem& item);
  void remember_request(SubmissionItem& item);
  std::size_t touched(JobKey key, Item& item);  // its place in jobs_
  void write_all();
  void add(const Touched& job);
  void update(Touched& job);
  void write_history();
  void write_totals();
  void write_owner();
  std::int64_t word(const std::string& text);

  Connection& db_;
  std::int64_t epoch_;
  std::unordered_map<std::string, std::int64_t> words_;  // emptied when it may be wrong
  Item* culprit_ = nullptr;

  // Of the group being written.
  std::vector<Touched> jobs_;
  std::unordered_map<JobKey, std::size_t> where_;
  struct Event {
    const HistoryEntry* entry;
    std::size_t job;
    Item* item;
  };
  std::vector<Event> history_;
  std::array<std::int64_t, state_count> delta_{};
  JobKey last_key_ = 0;
  JobId last_id_;
  std::int64_t last_sequence_ = 0;
};

}  // namespace ketrew::store
