// One transaction for all that was queued. Each job's row is written once, however many of the
// group's changes are about it.
#pragma once

#include <functional>
#include <span>
#include <variant>

#include "core/store/feed.hpp"
#include "core/store/rows.hpp"
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
  // The newest history entry of each open job; it saves looking it up.
  using LastEvents = std::unordered_map<JobKey, std::int64_t>;
  GroupCommit(Connection& db, std::int64_t epoch, LastEvents last_events)
      : db_(db), epoch_(epoch), last_events_(std::move(last_events)), feed_(db) {}

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
    std::int64_t last_event = -1;        // -1: no history in this group
    std::int64_t backend = 0, host = 0;  // of an added job: the numbers of their texts
  };

  void collect(Item& item);
  void collect(SubmissionItem& item, Item& self);
  bool answer_repeat(SubmissionItem& item);
  void remember_request(SubmissionItem& item);
  std::size_t touched(JobKey key, Item& item);  // its place in jobs_
  void write_all();
  template <class Rows, class Put>
  void feed(Sql which, const Rows& rows, Put put);
  static Item* item_of(const Touched* job) { return job->item; }
  void add_jobs();
  void put_job(const Touched& job, RowValues& row);
  void update(Touched& job);
  void link_history();
  std::int64_t last_event_of(Touched& job);
  void write_history();
  void write_totals();
  void write_owner();
  void remember_last_events();
  std::int64_t word(const std::string& text);

  Connection& db_;
  std::int64_t epoch_;
  LastEvents last_events_;
  Feed feed_;
  std::unordered_map<std::string, std::int64_t> words_;  // emptied when it may be wrong
  Item* culprit_ = nullptr;

  // Of the group being written.
  std::vector<Touched> jobs_;
  std::unordered_map<JobKey, std::size_t> where_;
  struct Event {
    const HistoryEntry* entry;
    std::size_t job;
    Item* item;
    std::int64_t previous = 0;
  };
  static Item* item_of(const Event& event) { return event.item; }
  std::vector<Event> history_;
  std::vector<Touched*> added_;
  struct {  // what the row being fed points to
    std::string id, retries, restart_of, spec;
    std::optional<ProgressTexts> progress;
  } texts_;
  std::array<std::int64_t, state_count> delta_{};
  JobKey last_key_ = 0;
  JobId last_id_;
  std::int64_t last_sequence_ = 0;
};

}  // namespace ketrew::store
