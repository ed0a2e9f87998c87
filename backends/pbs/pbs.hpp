// PBS as a batch scheduler: the pure functions of this folder, behind the SDK's interface.
#pragma once

#include "backends/pbs/dialect.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs {

// Beside what every batch backend has, the profile's entry may say
//   dialect: auto           or openpbs, torque, slurm: which kind of commands the hosts have
class Pbs final : public sdk::batch::Scheduler {
 public:
  Result<> initialize(const sdk::batch::SiteOptions& site) override;
  sdk::OptionsSchema options() const override;
  Milliseconds visibility_lag() const override;
  ForeignVariables foreign_variables() const override;

  Result<sdk::batch::Submission> submission(const sdk::StartRequest& request,
                                            const host::Playground& playground) const override;
  sdk::batch::SubmitAnswer read_submission(const host::ShellOutput& output) const override;

  std::string find_command(std::span<const sdk::FindRequest> requests) const override;
  sdk::batch::Answer read_find(const host::ShellOutput& output,
                               std::span<const sdk::FindRequest> requests) const override;

  std::string queue_command(std::span<const sdk::batch::AskedJob> jobs) const override;
  sdk::batch::Answer read_queue(const host::ShellOutput& output,
                                std::span<const sdk::batch::AskedJob> jobs) const override;
  std::optional<std::string> history_command(
      std::span<const sdk::batch::AskedJob> jobs) const override;
  sdk::batch::Answer read_history(const host::ShellOutput& output,
                                  std::span<const sdk::batch::AskedJob> jobs) const override;

  std::string inventory_command() const override;
  sdk::batch::Answer read_inventory(const host::ShellOutput& output) const override;

  std::string kill_command(std::span<const sdk::batch::AskedJob> jobs) const override;
  std::vector<KillAnswer> read_kill(const host::ShellOutput& output,
                                    std::span<const sdk::batch::AskedJob> jobs) const override;

  std::vector<sdk::batch::Query> queries(const sdk::batch::AskedJob& job) const override;

  std::string check_command() const override;
  std::vector<sdk::CheckEntry> read_check(const host::ShellOutput& output) const override;

 private:
  std::optional<Dialect> dialect_for(std::span<const sdk::batch::AskedJob> jobs) const;

  std::optional<Dialect> dialect_;  // none: each host is asked
};

}  // namespace ketrew::pbs
