// Answers questions from a connection of its own.
#pragma once

#include "core/store/sqlite.hpp"
#include "core/store/store.hpp"

namespace ketrew::store {

class SqliteReader : public Reader {
 public:
  explicit SqliteReader(Connection& db) : db_(db) {}

  Result<JobKey> resolve(const std::string& id_or_prefix) override;
  Result<JobRecord> job(JobKey key) override;
  Result<std::vector<JobRecord>> list(const Selection& selection) override;
  Result<std::vector<Brief>> list_brief(const Selection& selection) override;
  Result<std::string> spec_text(JobKey key) override;
  Result<std::vector<HistoryEntry>> history(JobKey key) override;
  Result<std::vector<HistoryEntry>> events_after(std::int64_t sequence, std::size_t limit) override;
  Result<Totals> totals() override;
  Result<std::vector<JobId>> restarts_of(const JobId& id) override;
  const std::vector<UnreadableRow>& unreadable() const override { return unreadable_; }

 private:
  Result<Brief> brief(JobKey key);
  template <class T>
  Result<std::vector<T>> gather(const Selection& selection, Result<T> (SqliteReader::*read)(JobKey));

  Connection& db_;
  std::vector<UnreadableRow> unreadable_;
};

}  // namespace ketrew::store
