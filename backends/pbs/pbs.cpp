#include "backends/pbs/pbs.hpp"

#include <algorithm>

#include "backends/pbs/asking.hpp"
#include "backends/pbs/checks.hpp"
#include "backends/pbs/find.hpp"
#include "backends/pbs/inventory.hpp"
#include "backends/pbs/job_options.hpp"
#include "backends/pbs/poll.hpp"
#include "backends/pbs/remove.hpp"
#include "backends/pbs/submit.hpp"
#include "backends/pbs/values.hpp"
#include "core/base/text.hpp"

namespace ketrew::pbs {

using sdk::batch::Answer;
using sdk::batch::AskedJob;

Result<> Pbs::initialize(const sdk::batch::SiteOptions& site) {
  for (const auto& [key, value] : site.own.items()) {
    if (key == "dialect") {
      const std::string word = value.is_string() ? value.get<std::string>() : "";
      dialect_ = parse_dialect(word);
      if (!dialect_ && word != "auto")
        return fail(ErrorKind::invalid, "dialect: auto, openpbs, torque or slurm");
    } else {
      return fail(ErrorKind::invalid, "unknown option \"" + key + "\"",
                  "dialect: auto, openpbs, torque or slurm; and those of all batch backends");
    }
  }
  return {};
}

sdk::OptionsSchema Pbs::options() const { return job_options_schema(); }

// A Slurm that was frozen takes its jobs some seconds after sbatch has given up.
Milliseconds Pbs::visibility_lag() const { return std::chrono::seconds(10); }

// A daemon that was started within a job, or a shell that hides completed jobs from qstat.
sdk::batch::Scheduler::ForeignVariables Pbs::foreign_variables() const {
  return {{"PBS_", "SBATCH_", "SLURM_"},
          {"PBS_CONF_FILE", "PBS_DEFAULT", "PBS_EXEC", "PBS_HOME", "PBS_PRIMARY", "PBS_SECONDARY",
           "PBS_SERVER", "SLURM_CONF"}};
}

std::optional<Dialect> Pbs::dialect_for(std::span<const AskedJob> jobs) const {
  return dialect_ ? dialect_ : dialect_of(jobs);
}

Result<sdk::batch::Submission> Pbs::submission(const sdk::StartRequest& request,
                                               const host::Playground& playground) const {
  return pbs::submission(request, playground, dialect_);
}
sdk::batch::SubmitAnswer Pbs::read_submission(const host::ShellOutput& output) const {
  return pbs::read_submission(output);
}

std::string Pbs::find_command(std::span<const sdk::FindRequest> requests) const {
  return pbs::find_command(requests, dialect_);
}
Answer Pbs::read_find(const host::ShellOutput& output,
                      std::span<const sdk::FindRequest> requests) const {
  return pbs::read_find(output, requests);
}

std::string Pbs::queue_command(std::span<const AskedJob> jobs) const {
  return pbs::queue_command(jobs, dialect_for(jobs));
}
Answer Pbs::read_queue(const host::ShellOutput& output, std::span<const AskedJob> jobs) const {
  return read_poll(output, jobs);
}
std::optional<std::string> Pbs::history_command(std::span<const AskedJob> jobs) const {
  const auto dialect = dialect_for(jobs);
  if (dialect && *dialect != Dialect::openpbs) return std::nullopt;
  return pbs::history_command(jobs, dialect);
}
Answer Pbs::read_history(const host::ShellOutput& output, std::span<const AskedJob> jobs) const {
  return read_poll(output, jobs);
}

std::string Pbs::inventory_command() const { return pbs::inventory_command(dialect_); }
Answer Pbs::read_inventory(const host::ShellOutput& output) const {
  return pbs::read_inventory(output);
}

std::string Pbs::kill_command(std::span<const AskedJob> jobs) const {
  return pbs::kill_command(jobs, dialect_for(jobs));
}
std::vector<Pbs::KillAnswer> Pbs::read_kill(const host::ShellOutput& output,
                                            std::span<const AskedJob> jobs) const {
  return pbs::read_kill(output, jobs);
}

std::vector<sdk::batch::Query> Pbs::queries(const AskedJob& job) const {
  std::vector<sdk::batch::Query> queries;
  if (is_job_id(job.state.id)) {
    const std::string id = shell_quote(job.state.id);
    queries.push_back({"qstat", "all that PBS says of the job",
                       prelude(dialect_for(std::span(&job, 1))) +
                           "case $ketrew_dialect in\n"
                           "  openpbs)\n"
                           "    ketrew_said=$(ketrew_limit qstat -x -f -w " +
                           id +
                           " 2>/dev/null)\n"
                           "    if [ -n \"$ketrew_said\" ]; then printf '%s\\n' \"$ketrew_said\"\n"
                           "    else ketrew_limit qstat -f -w " +
                           id +
                           "; fi ;;\n"
                           "  *) ketrew_limit qstat -f -1 " +
                           id + " ;;\nesac\n"});
  }
  queries.push_back({"scheduler", "what PBS itself wrote into the job's output file",
                     "cat " + shell_quote(job.state.playground + "/scheduler")});
  return queries;
}

std::string Pbs::check_command() const { return pbs::check_command(dialect_); }
std::vector<sdk::CheckEntry> Pbs::read_check(const host::ShellOutput& output) const {
  return pbs::read_check(output);
}

}  // namespace ketrew::pbs
