#include "backends/slurm/commands.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace ketrew::slurm {
namespace {

// The comment last: it is the only one that may hold the separator.
constexpr std::string_view squeue_format =
    "JobID:|,State:|,exit_code:|,RestartCnt:|,StartTime:|,EndTime:|,NodeList:|,Partition:|,Reason:|,"
    "WorkDir:|,Comment:";
constexpr std::string_view sacct_format =
    "JobIDRaw,State,ExitCode,Start,End,MaxRSS,TotalCPU,NodeList,WorkDir";

// Up to so many ids are named; for more, all jobs of the user are asked for: one request that the
// controller answers without going through a list for each job.
constexpr std::size_t most_named = 50;

std::string ids_of(std::span<const AskedJob> jobs) {
  std::string ids;
  for (const auto& job : jobs) ids += (ids.empty() ? "" : ",") + job.state.id;
  return ids;
}

// A line `ketrew-end CODE` behind the output of what went before.
std::string ended() { return "\necho \"" + std::string(end_mark) + "$?\"\n"; }

constexpr std::string_view seconds = "SLURM_TIME_FORMAT=%s\nexport SLURM_TIME_FORMAT\n";

}  // namespace

std::string sbatch_command(const std::vector<std::string>& words, const std::string& token,
                           const std::string& playground) {
  // In --output a percent sign and a backslash mean something.
  std::string output;
  for (const char c : playground + "/slurm.out") {
    if (c == '%') output += '%';
    if (c == '\\') output += '\\';
    output += c;
  }
  std::vector<std::string> all = {"sbatch", "--parsable",
                                  "--comment=" + std::string(comment_prefix) + token,
                                  "--chdir=" + playground, "--output=" + output,
                                  "--open-mode=append"};
  all.insert(all.end(), words.begin(), words.end());
  all.push_back(playground + "/script");
  return shell_quote(all);
}

std::string squeue_command(std::span<const AskedJob> jobs) {
  return std::string(seconds) + "ketrew_limited squeue -t all --me" +
         (jobs.size() <= most_named ? " -j " + ids_of(jobs) : "") + " -O " +
         shell_quote(squeue_format) + ended();
}

// Where there is no accounting, the job completion log, if it is a file (jobcomp/filetxt), may know.
std::string sacct_command(std::span<const AskedJob> jobs) {
  const std::string ids = ids_of(jobs);
  return std::string(seconds) + "ketrew_answer=$(ketrew_limited sacct -P -j " + ids + " -o " +
         std::string(sacct_format) + " 2>&1)\nketrew_code=$?\n" +
         "printf '%s\\n' \"$ketrew_answer\"\n" +
         "case $ketrew_answer in *'accounting storage is disabled'*)\n  ketrew_limited sacct -c -P -j " + ids +
         " -o JobID,State,ExitCode,Start,End,NodeList,WorkDir 2>/dev/null\n  ketrew_code=0 ;;\n" +
         "esac\n(exit $ketrew_code)" + ended();
}

std::string find_command() {
  return std::string(seconds) + "ketrew_limited squeue -t all --me -O " +
         shell_quote(squeue_format) + ended() +
         "ketrew_answer=$(ketrew_limited sacct -X -P -S now-14days -E now -u \"$(id -un)\" -o " + std::string(sacct_format) +
         " 2>&1)\nketrew_code=$?\n" +
         "case $ketrew_answer in *'accounting storage is disabled'*) ketrew_code=0 ;; esac\n" +
         "printf '%s\\n' \"$ketrew_answer\"\n(exit $ketrew_code)" + ended();
}

std::string inventory_command() {
  return std::string(seconds) + "ketrew_limited squeue -t all --me -O " + shell_quote(squeue_format) + ended();
}

std::string scancel_command(std::span<const AskedJob> jobs) {
  std::string ids = ids_of(jobs);
  std::replace(ids.begin(), ids.end(), ',', ' ');
  return "ketrew_limited scancel -v " + ids + " 2>&1" + ended();
}

}  // namespace ketrew::slurm
