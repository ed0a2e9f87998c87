// What was committed, kept beside the store, and what must hold of every commit: the history has no
// hole and leads to the row, sequence numbers grow, a final state is final, a key is one request.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/store/store.hpp"

namespace ketrew::simulation {

class Ledger {
 public:
  struct Row {
    JobId id;
    JobSpec spec;
    JobKey workflow = 0;
    Progress progress;
    std::vector<HistoryEntry> history;
  };
  struct Watch {
    std::function<void(const std::string&)> broken = [](const std::string&) {};
    // A row that was there is another now.
    std::function<void(JobKey, const Progress& before, const Row& after)> changed =
        [](JobKey, const Progress&, const Row&) {};
  };

  // What a submission comes to: new jobs, those of an earlier one with its key, or a conflict.
  Result<store::Accepted> apply(const store::Submission& submission, const Watch& watch);
  void apply(const store::Changes& changes, const Watch& watch);
  void pause(const std::vector<Pause>& what, bool paused);

  // Whether a store has exactly this; "" or the first difference.
  std::string differs_from(store::Reader& reader) const;

  std::vector<store::Unfinished> unfinished() const;
  std::vector<store::OpenEdge> open_edges() const;
  store::Totals totals() const;
  const std::map<JobKey, Row>& rows() const { return rows_; }
  const Row* find(JobKey key) const {
    const auto found = rows_.find(key);
    return found == rows_.end() ? nullptr : &found->second;
  }
  const std::set<Edge>& edges() const { return edges_; }
  const std::set<Pause>& pauses() const { return pauses_; }
  JobKey last_key() const { return rows_.empty() ? 0 : rows_.rbegin()->first; }
  JobId last_id() const { return last_id_; }
  std::int64_t last_sequence() const { return last_sequence_; }

 private:
  struct Request {
    std::string fingerprint;
    std::vector<JobId> ids;
  };
  void append(Row& row, const HistoryEntry& entry, const Watch& watch);

  std::map<JobKey, Row> rows_;
  std::set<Edge> edges_;
  std::map<std::string, Request> requests_;
  std::set<Pause> pauses_;
  JobId last_id_;
  std::int64_t last_sequence_ = 0;
};

}  // namespace ketrew::simulation
