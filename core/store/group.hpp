// One transaction for all that was queued. Each job's row is written once, however many of the
// group's changes are about it.
#pragma once

#include <functional>
#include <map>
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
  // What the database has of each open job: it saves asking, and it is what the totals go by.
  struct Known {
    State state = State::passive;
    std::int64_t last_event = 0;
    JobKey workflow = 0;
  };
  using OpenJobs = std::unordered_map<JobKey, Known>;
  GroupCommit(Connection& db, std::int64_t epoch, OpenJobs open_jobs)
      : db_(db), epoch_(epoch), open_jobs_(std::move(open_jobs)), feed_(db) {}

  // All items are on disk when this returns. Throws SqliteFailure or OwnerLost: then nothing is,
  // and `culprit` tells which item's own data is to blame, if one's is.
  void write(std::span<Item* const> items);
  Item* culprit() const { return culprit_; }
  // Whether it failed in the commit itself: then, after a crash, all of it may be there.
  bool failed_in_commit() const { return committing_; }

 private:
  struct Touched {  // a job that the group writes
    JobKey key = 0;
    const JobRecord* added = nullptr;
    const Progress* last = nullptr;  // null: only history
    Item* item = nullptr;
    Known known = {};                    // of a job that was there before; last_event moves on
    std::int64_t backend = 0, host = 0;  // of an added job: the numbers of their texts
    bool missing = false;                // it is not in the database, or cannot be read there
  };
  struct Event {
    const HistoryEntry* entry;
    std::size_t job;
    Item* item;
    std::int64_t previous = 0;
  };

  void collect(Item& item);
  void collect(SubmissionItem& item, Item& self);
  bool answer_repeat(SubmissionItem& item);
  void remember_request(SubmissionItem& item);
  std::size_t touched(JobKey key, Item& item);  // its place in jobs_
  void write_all();
  void look_up(Touched& job);
  void link_history();
  void sort_out(Touched& job);
  void take_from_finished(const Touched& job);
  void supersede(const JobId& old);
  bool is_over(const JobId& job);
  void supersede_restarts(const JobId& old, const JobId& newest);
  void add_jobs();
  void add_graph();
  void put_job(const Touched& job, RowValues& row);
  void put_progress_of(const Touched& job, RowValues& row);
  void write_progress();
  void write_history();
  void write_totals();
  void write_owner();
  void touch_owner();
  void remember_open_jobs();
  void let_go();
  std::int64_t word(const std::string& text);
  template <class Rows, class Put>
  void feed(Sql which, const Rows& rows, Put put);
  static Item* item_of(const Touched* job) { return job->item; }
  static Item* item_of(const Event& event) { return event.item; }
  static Item* item_of(const std::pair<Edge, Item*>& edge) { return edge.second; }

  Connection& db_;
  std::int64_t epoch_;
  OpenJobs open_jobs_;
  Feed feed_;
  std::unordered_map<std::string, std::int64_t> words_;  // emptied when it may be wrong
  Item* culprit_ = nullptr;
  bool committing_ = false;

  // Of the group being written.
  std::vector<Touched> jobs_;
  std::unordered_map<JobKey, std::size_t> where_;
  std::vector<Event> history_;
  std::vector<std::pair<Edge, Item*>> edges_;
  std::vector<std::pair<const WorkflowRecord*, Item*>> workflows_;
  std::map<std::pair<JobKey, std::int64_t>, std::int64_t> workflow_delta_;  // workflow, bucket
  std::vector<const Touched*> added_, written_, opened_, finished_, unsucceeded_;
  struct {  // what the row being fed points to
    std::string id, retries, restart_of, spec, equivalence;
    std::optional<ProgressTexts> progress;
  } texts_;
  std::array<std::int64_t, state_count> delta_{};
  JobKey last_key_ = 0;
  JobId last_id_;
  std::int64_t last_sequence_ = 0;
};

}  // namespace ketrew::store
