// Gives the same error to every question: the database cannot be opened for reading.
#pragma once

#include "core/store/store.hpp"

namespace ketrew::store {

class NoReader : public Reader {
 public:
  explicit NoReader(Error error) : error_(std::move(error)) {}
  Result<JobKey> resolve(const std::string&) override { return no(); }
  Result<JobRecord> job(JobKey) override { return no(); }
  Result<std::vector<JobRecord>> list(const Selection&) override { return no(); }
  Result<std::vector<Brief>> list_brief(const Selection&) override { return no(); }
  Result<std::string> spec_text(JobKey) override { return no(); }
  Result<std::vector<HistoryEntry>> history(JobKey) override { return no(); }
  Result<std::vector<HistoryEntry>> events_after(std::int64_t, std::size_t) override {
    return no();
  }
  Result<Totals> totals() override { return no(); }
  Result<std::vector<std::string>> hosts() override { return no(); }
  Result<std::vector<JobId>> restarts_of(const JobId&) override { return no(); }
  Result<std::optional<JobId>> restart_of(const JobId&) override { return no(); }
  Result<std::vector<Pointer>> pointers_to(JobKey, std::size_t) override { return no(); }
  Result<std::optional<Accepted>> repeat_of(const std::string&, const std::string&) override {
    return no();
  }
  Result<JobEnd> standing(JobKey) override { return no(); }
  Result<Sketch> sketch(JobKey) override { return no(); }
  Result<std::vector<Edge>> edges_to(JobKey, std::size_t) override { return no(); }
  Result<std::vector<Edge>> edges_from(JobKey, std::size_t) override { return no(); }
  Result<JobKey> resolve_workflow(const std::string&) override { return no(); }
  Result<WorkflowRecord> workflow(JobKey) override { return no(); }
  Result<JobId> workflow_of(const JobId&) override { return no(); }
  Result<std::vector<WorkflowRecord>> workflows(JobKey, std::size_t) override { return no(); }
  Result<WorkflowTotals> workflow_totals(JobKey) override { return no(); }
  Result<std::vector<JobKey>> newest_failed(JobKey) override { return no(); }
  Result<std::vector<JobKey>> workflow_jobs(JobKey) override { return no(); }
  const std::vector<UnreadableRow>& unreadable() const override { return none_; }

 private:
  tl::unexpected<Error> no() const { return tl::unexpected<Error>(error_); }
  Error error_;
  std::vector<UnreadableRow> none_;
};

}  // namespace ketrew::store
