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
  Result<std::vector<JobId>> restarts_of(const JobId&) override { return no(); }
  const std::vector<UnreadableRow>& unreadable() const override { return none_; }

 private:
  tl::unexpected<Error> no() const { return tl::unexpected<Error>(error_); }
  Error error_;
  std::vector<UnreadableRow> none_;
};

}  // namespace ketrew::store
