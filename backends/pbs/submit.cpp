#include "backends/pbs/submit.hpp"

#include "backends/pbs/asking.hpp"
#include "backends/pbs/job_name.hpp"
#include "backends/pbs/job_options.hpp"
#include "backends/pbs/values.hpp"
#include "backends/sdk/batch/patience.hpp"
#include "core/base/text.hpp"

namespace ketrew::pbs {
namespace {

using sdk::batch::Submission;
using sdk::batch::SubmitAnswer;
using sdk::batch::Submitted;

constexpr std::string_view dialect_mark = "ketrew-dialect ";

// PBS does not tell a job how often it was run. Each run claims the attempt under the job's id, so
// that a claim by this very id means: this is the next run. A claim by any other is left to the
// script, which then leaves.
std::string count_runs(const host::Playground& playground) {
  const std::string claim = shell_quote(playground.claim());
  return "ketrew_pbs_id=${PBS_JOBID:-${SLURM_JOB_ID-}} ketrew_run=0 ketrew_line=\n"
         "{ read -r ketrew_line <" +
         claim +
         "; } 2>/dev/null\n"
         "case \" $ketrew_line \" in *\" mark=${ketrew_pbs_id:-none} \"*)\n"
         "  ketrew_run=1\n"
         "  while [ -e " +
         claim + ".\"$ketrew_run\" ]; do ketrew_run=$((ketrew_run + 1)); done ;;\n" + "esac\n";
}

// Slurm's wrapper repeats its whole command line first.
std::string for_people(std::string_view words) {
  constexpr std::string_view before = "and the output was:";
  if (const auto at = words.find(before); at != std::string_view::npos)
    words.remove_prefix(at + before.size());
  return to_valid_utf8(one_line(trim(words)));
}

std::string submit_lines(const JobOptions& options, const std::string& name, Dialect dialect) {
  auto words = qsub_words(options, name, dialect);
  words.push_back("script");
  return shell_quote(words);
}

}  // namespace

Result<Submission> submission(const sdk::StartRequest& request, const host::Playground& playground,
                              std::optional<Dialect> known) {
  auto options = job_options(request.options);
  if (!options) return pass(options.error());
  const std::string name = job_name(options->portable.job_name, request.token);

  Submission result;
  if (options->shell) result.shell = *options->shell;
  result.directives = count_runs(playground);
  result.restart_count = "$ketrew_run";
  result.own_id = "$ketrew_pbs_id";
  // The base has a deadline for the whole of it; nothing here may take long but qsub.
  result.command = known ? "" : sdk::batch::limit_lines(std::chrono::seconds(20));
  result.command += prelude(known);
  result.command += "case $ketrew_dialect in\n";
  for (const Dialect dialect : {Dialect::openpbs, Dialect::torque, Dialect::slurm})
    if (!known || known == dialect)
      result.command += "  " + std::string(to_string(dialect)) + ") " +
                        submit_lines(*options, name, dialect) + " </dev/null ;;\n";
  result.command += "  *) printf 'qsub: not found, or of no kind that is known: qstat --version "
                    "says %s\\n' \"$ketrew_version\" >&2; (exit 127) ;;\nesac\n";
  result.command += "ketrew_code=$?\necho \"" + std::string(dialect_mark) +
                    "$ketrew_dialect\" >&2\nexit \"$ketrew_code\"\n";
  return result;
}

SubmitAnswer read_submission(const host::ShellOutput& output) {
  // The last line on stderr is ours; without it the answer was cut.
  std::string_view err = trim(output.err);
  const auto line_at = err.rfind(dialect_mark);
  std::optional<Dialect> dialect;
  bool known_end = false;
  if (line_at != std::string_view::npos && (line_at == 0 || err[line_at - 1] == '\n')) {
    dialect = parse_dialect(trim(err.substr(line_at + dialect_mark.size())));
    known_end = dialect || trim(err.substr(line_at + dialect_mark.size())) == "unknown";
    if (known_end) err = trim(err.substr(0, line_at));
  }
  const std::string_view out = trim(output.out);
  const std::string words =
      std::string(out) + (out.empty() || err.empty() ? "" : "\n") + std::string(err);
  const std::string said = for_people(words);
  const std::string code = "qsub: exit code " + std::to_string(output.exit_code);
  if (!known_end) return sdk::InDoubt{code + ", its answer was cut: " + said};

  if (output.exit_code == 0 && is_job_id(out) && output.out.ends_with('\n')) {
    if (out.find('[') != std::string_view::npos)
      return sdk::InDoubt{"qsub made an array: " + std::string(out)};
    Json own = Json::object();
    if (dialect) own["dialect"] = to_string(*dialect);
    return Submitted{std::string(out), std::move(own)};
  }
  // Whatever looks like an id says that something may have been taken.
  for (const auto& line : split(out, '\n'))
    if (is_job_id(trim(line))) return sdk::InDoubt{code + ": " + said};
  if (!dialect) {
    if (output.exit_code == 127) return sdk::Refused{false, said};
    return sdk::InDoubt{code + ": " + said};
  }
  if (const auto refusal = find_refusal(*dialect, output.exit_code, words))
    return sdk::Refused{refusal->for_ever, said};
  return sdk::InDoubt{code + ": " + said};
}

}  // namespace ketrew::pbs
