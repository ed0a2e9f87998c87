// YARN as a batch scheduler: submitted to by a client, asked through the ResourceManager's REST
// interface, or through the `yarn` command where the profile names no ResourceManager.
//
// A poll is one list of the user's applications that have not ended; those that have left it are
// asked for one by one, once, in one command: ids that a ResourceManager does not know any more are
// a 404 there, whatever a list was filtered by.
#pragma once

#include "backends/sdk/batch/scheduler.hpp"
#include "backends/yarn/job_options.hpp"
#include "backends/yarn/site.hpp"

namespace ketrew::yarn {

class Yarn : public sdk::batch::Scheduler {
 public:
  using Answer = sdk::batch::Answer;
  using AskedJob = sdk::batch::AskedJob;
  using ShellOutput = sdk::batch::ShellOutput;

  Result<> initialize(const sdk::batch::SiteOptions& options) override;
  sdk::OptionsSchema options() const override { return options_schema(); }
  ForeignVariables foreign_variables() const override;

  Result<sdk::batch::Submission> submission(const sdk::StartRequest& request,
                                            const host::Playground& playground) const override;
  sdk::batch::SubmitAnswer read_submission(const ShellOutput& output) const override;

  std::string find_command(std::span<const sdk::FindRequest> requests) const override;
  Answer read_find(const ShellOutput& output,
                   std::span<const sdk::FindRequest> requests) const override;

  std::string queue_command(std::span<const AskedJob> jobs) const override;
  Answer read_queue(const ShellOutput& output, std::span<const AskedJob> jobs) const override;
  std::optional<std::string> history_command(std::span<const AskedJob> jobs) const override;
  Answer read_history(const ShellOutput& output, std::span<const AskedJob> jobs) const override;

  std::string inventory_command() const override { return queue_command({}); }
  Answer read_inventory(const ShellOutput& output) const override;

  bool serves_nameless() const override { return true; }
  std::string kill_command(std::span<const AskedJob> jobs) const override;
  std::vector<KillAnswer> read_kill(const ShellOutput& output,
                                    std::span<const AskedJob> jobs) const override;

  std::vector<sdk::batch::Query> queries(const AskedJob& job) const override;
  std::string check_command() const override;
  std::vector<sdk::CheckEntry> read_check(const ShellOutput& output) const override;

 private:
  Site site_;
};

}  // namespace ketrew::yarn
