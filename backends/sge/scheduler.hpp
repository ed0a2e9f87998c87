// Grid Engine as the batch backend asks it. Pure; see backends/sdk/batch/scheduler.hpp.
#pragma once

#include "backends/sge/submission.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::sge {

class GridEngine final : public sdk::batch::Scheduler {
 public:
  using AskedJob = sdk::batch::AskedJob;
  using ShellOutput = sdk::batch::ShellOutput;
  using Answer = sdk::batch::Answer;

  Result<> initialize(const sdk::batch::SiteOptions& site) override;
  sdk::OptionsSchema options() const override { return job_options(); }
  ForeignVariables foreign_variables() const override;

  Result<sdk::batch::Submission> submission(const sdk::StartRequest& request,
                                            const host::Playground& playground) const override;
  sdk::batch::SubmitAnswer read_submission(const ShellOutput& output) const override {
    return sge::read_submission(output);
  }

  std::string find_command(std::span<const sdk::FindRequest> requests) const override;
  Answer read_find(const ShellOutput& output,
                   std::span<const sdk::FindRequest> requests) const override;

  std::string queue_command(std::span<const AskedJob> jobs) const override;
  Answer read_queue(const ShellOutput& output, std::span<const AskedJob> jobs) const override;

  std::optional<std::string> history_command(std::span<const AskedJob> jobs) const override;
  Answer read_history(const ShellOutput& output, std::span<const AskedJob> jobs) const override;

  std::string inventory_command() const override;
  Answer read_inventory(const ShellOutput& output) const override;

  std::string kill_command(std::span<const AskedJob> jobs) const override;
  std::vector<KillAnswer> read_kill(const ShellOutput& output,
                                    std::span<const AskedJob> jobs) const override;

  std::vector<sdk::batch::Query> queries(const AskedJob& job) const override;

  std::string check_command() const override;
  std::vector<sdk::CheckEntry> read_check(const ShellOutput& output) const override;

 private:
  SiteSettings site_;
};

}  // namespace ketrew::sge
