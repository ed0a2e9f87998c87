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
  Result<std::vector<std::string>> hosts() override;
  Result<std::vector<JobId>> restarts_of(const JobId& id) override;
  Result<std::optional<JobId>> restart_of(const JobId& id) override;
  Result<std::vector<Pointer>> pointers_to(JobKey key, std::size_t limit) override;
  Result<std::optional<Accepted>> repeat_of(const std::string& idempotency_key,
                                            const std::string& fingerprint) override;
  Result<JobEnd> standing(JobKey key) override;
  Result<Sketch> sketch(JobKey key) override;
  Result<std::vector<Edge>> edges_to(JobKey key, std::size_t limit) override;
  Result<std::vector<Edge>> edges_from(JobKey key, std::size_t limit) override;
  Result<JobKey> resolve_workflow(const std::string& id_or_prefix) override;
  Result<WorkflowRecord> workflow(JobKey key) override;
  Result<JobId> workflow_of(const JobId& job) override;
  Result<std::vector<WorkflowRecord>> workflows(JobKey before, std::size_t limit) override;
  Result<WorkflowTotals> workflow_totals(JobKey workflow) override;
  Result<std::vector<JobKey>> newest_failed(JobKey workflow) override;
  Result<std::vector<JobKey>> workflow_jobs(JobKey workflow) override;
  const std::vector<UnreadableRow>& unreadable() const override { return unreadable_; }

 private:
  Result<JobKey> resolve(Sql between, const char* what, const std::string& id_or_prefix);
  Result<Brief> brief(JobKey key);
  template <class T>
  Result<std::vector<T>> gather(const Selection& selection, Result<T> (SqliteReader::*read)(JobKey));

  Connection& db_;
  std::vector<UnreadableRow> unreadable_;
};

}  // namespace ketrew::store
