#include <ketrew/backend.hpp>

#include "backends/sdk/batch/batch_backend.hpp"
#include "backends/slurm/answers.hpp"
#include "backends/slurm/check.hpp"
#include "backends/slurm/commands.hpp"
#include "backends/slurm/options.hpp"
#include "backends/slurm/scheduler.hpp"
#include "core/base/text.hpp"

namespace ketrew::slurm {

Result<> Slurm::initialize(const sdk::batch::SiteOptions& site) {
  for (const auto& [key, value] : site.own.items()) {
    if (key != "sacct" || !value.is_boolean())
      return fail(ErrorKind::invalid, "unknown option or wrong type: " + key,
                  "bin, environment, submit_timeout, exit_grace, hosts, sacct: true or false");
    history_ = value.get<bool>();
  }
  return {};
}

sdk::OptionsSchema Slurm::options() const { return job_options_schema(); }

// A controller that was busy takes what waits for it in any order.
Milliseconds Slurm::visibility_lag() const { return Milliseconds(10'000); }

sdk::batch::Scheduler::ForeignVariables Slurm::foreign_variables() const {
  return {{"SBATCH_", "SQUEUE_", "SCANCEL_", "SACCT_", "SCONTROL_", "SLURM_"}, {"SLURM_CONF"}};
}

Result<sdk::batch::Submission> Slurm::submission(const sdk::StartRequest& request,
                                                 const host::Playground& playground) const {
  const std::string name =
      request.job.name.empty() ? "ketrew-" + request.job.id : request.job.name;
  const auto words = sbatch_words(request.options, name);
  if (!words) return pass(words.error());
  sdk::batch::Submission submission;
  submission.restart_count = "${SLURM_RESTART_COUNT:-0}";
  submission.own_id = "${SLURM_JOB_ID-}";
  submission.command = sbatch_command(*words, request.token, playground.path);
  return submission;
}

sdk::batch::SubmitAnswer Slurm::read_submission(const sdk::batch::ShellOutput& output) const {
  return read_sbatch(output);
}

std::string Slurm::find_command(std::span<const sdk::FindRequest>) const {
  return slurm::find_command();
}
sdk::batch::Answer Slurm::read_find(const sdk::batch::ShellOutput& output,
                                    std::span<const sdk::FindRequest>) const {
  return slurm::read_find(output);
}

std::string Slurm::queue_command(std::span<const AskedJob> jobs) const {
  return squeue_command(jobs);
}
sdk::batch::Answer Slurm::read_queue(const sdk::batch::ShellOutput& output,
                                     std::span<const AskedJob>) const {
  return read_squeue(output);
}

std::optional<std::string> Slurm::history_command(std::span<const AskedJob> jobs) const {
  if (!history_) return std::nullopt;
  return sacct_command(jobs);
}
sdk::batch::Answer Slurm::read_history(const sdk::batch::ShellOutput& output,
                                       std::span<const AskedJob>) const {
  return read_sacct(output);
}

std::string Slurm::inventory_command() const { return slurm::inventory_command(); }
sdk::batch::Answer Slurm::read_inventory(const sdk::batch::ShellOutput& output) const {
  return read_squeue(output);
}

std::string Slurm::kill_command(std::span<const AskedJob> jobs) const {
  return scancel_command(jobs);
}
std::vector<Slurm::KillAnswer> Slurm::read_kill(const sdk::batch::ShellOutput& output,
                                                std::span<const AskedJob> jobs) const {
  return read_scancel(output, jobs);
}

std::vector<sdk::batch::Query> Slurm::queries(const AskedJob& job) const {
  const std::string id = shell_quote(job.state.id);
  return {{"squeue", "the job as squeue shows it", "squeue -l -t all -j " + id},
          {"scontrol", "all that the controller knows of it", "scontrol show job " + id},
          {"sacct", "the job in the accounting",
           "sacct -j " + id +
               " -o JobID,JobName,State,ExitCode,Submit,Start,End,Elapsed,MaxRSS,NodeList"},
          {"slurm-output", "what Slurm itself wrote on it: why it was cancelled, out of memory",
           "cat " + shell_quote(job.state.playground + "/slurm.out")}};
}

std::string Slurm::check_command() const { return slurm::check_command(); }
std::vector<sdk::CheckEntry> Slurm::read_check(const sdk::batch::ShellOutput& output) const {
  return slurm::read_check(output);
}

namespace {

struct SlurmBackend : sdk::batch::BatchBackend {
  SlurmBackend() : BatchBackend(std::make_unique<Slurm>()) {}
};

}  // namespace
}  // namespace ketrew::slurm

KETREW_BACKEND(ketrew::slurm::SlurmBackend, "slurm", "1.0");
