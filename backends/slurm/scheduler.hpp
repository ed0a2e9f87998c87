// Slurm, as a scheduler of sdk/batch: what is asked and what the answers mean.
#pragma once

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::slurm {

class Slurm : public sdk::batch::Scheduler {
 public:
  Result<> initialize(const sdk::batch::SiteOptions& site) override;
  sdk::OptionsSchema options() const override;
  Milliseconds visibility_lag() const override;
  ForeignVariables foreign_variables() const override;
  Result<sdk::batch::Submission> submission(const sdk::StartRequest& request,
                                            const host::Playground& playground) const override;
  sdk::batch::SubmitAnswer read_submission(const sdk::batch::ShellOutput& output) const override;
  std::string find_command(std::span<const sdk::FindRequest> requests) const override;
  sdk::batch::Answer read_find(const sdk::batch::ShellOutput& output,
                               std::span<const sdk::FindRequest> requests) const override;
  std::string queue_command(std::span<const sdk::batch::AskedJob> jobs) const override;
  sdk::batch::Answer read_queue(const sdk::batch::ShellOutput& output,
                                std::span<const sdk::batch::AskedJob> jobs) const override;
  std::optional<std::string> history_command(
      std::span<const sdk::batch::AskedJob> jobs) const override;
  sdk::batch::Answer read_history(const sdk::batch::ShellOutput& output,
                                  std::span<const sdk::batch::AskedJob> jobs) const override;
  std::string inventory_command() const override;
  sdk::batch::Answer read_inventory(const sdk::batch::ShellOutput& output) const override;
  std::string kill_command(std::span<const sdk::batch::AskedJob> jobs) const override;
  std::vector<KillAnswer> read_kill(const sdk::batch::ShellOutput& output,
                                    std::span<const sdk::batch::AskedJob> jobs) const override;
  std::vector<sdk::batch::Query> queries(const sdk::batch::AskedJob& job) const override;
  std::string check_command() const override;
  std::vector<sdk::CheckEntry> read_check(const sdk::batch::ShellOutput& output) const override;

 private:
  bool history_ = true;  // the profile's option `sacct`
};

}  // namespace ketrew::slurm
