#include "backends/slurm/check.hpp"

#include <map>

#include "core/base/text.hpp"

namespace ketrew::slurm {
namespace {

using sdk::CheckEntry;
using sdk::CheckLevel;

// Lines "KEY TEXT", one for each thing that was looked at.
constexpr std::string_view look = R"sh(
for ketrew_command in sbatch squeue scancel scontrol sacct; do
  echo "path-$ketrew_command $(command -v $ketrew_command)"
done
command -v sbatch >/dev/null 2>&1 || return 0
ketrew_bounded() { if command -v timeout >/dev/null 2>&1; then timeout 20 "$@"; else "$@"; fi; }
echo "version $(ketrew_bounded sbatch --version 2>&1 | head -n 1)"
ketrew_words=$(ketrew_bounded scontrol ping 2>&1)
echo "ping $?" $ketrew_words
case $ketrew_words in *' is UP'*) ;; *) return 0 ;; esac
ketrew_bounded scontrol show config 2>&1 | sed -n \
  -e 's/^\(MinJobAge\|AccountingStorageType\|JobCompType\|JobRequeue\|ClusterName\) *= */config-\1 /p'
)sh";

std::string get(const std::map<std::string, std::string>& seen, const std::string& key) {
  const auto it = seen.find(key);
  return it == seen.end() ? "" : it->second;
}

CheckEntry history_entry(const std::string& accounting, const std::string& completion,
                         const std::string& age) {
  const std::string window = age.empty() ? "some minutes" : age;
  if (accounting.find("slurmdbd") != std::string::npos ||
      accounting.find("mysql") != std::string::npos)
    return {"accounting", CheckLevel::ok,
            accounting + ": sacct tells how jobs ended, for good; squeue for " + window};
  if (completion.find("filetxt") != std::string::npos)
    return {"accounting", CheckLevel::warning,
            "off; the job completion log (" + completion +
                ") is read instead, where it can be: it breaks on names with blanks"};
  return {"accounting", CheckLevel::warning,
          "off: " + window + " after its end (MinJobAge) Slurm has forgotten a job. Its exit code is "
          "in its playground all the same; but of a job that was killed or cancelled while the "
          "daemon was not running for that long, only that it is gone"};
}

}  // namespace

std::string check_command() { return std::string(look); }

std::vector<CheckEntry> read_check(const sdk::batch::ShellOutput& output) {
  std::map<std::string, std::string> seen;
  for (const auto& line : split(output.out, '\n')) {
    const auto blank = line.find(' ');
    if (blank != std::string::npos) seen[line.substr(0, blank)] = trim(line.substr(blank + 1));
  }
  std::vector<CheckEntry> entries;
  std::vector<std::string> missing;
  for (const char* command : {"sbatch", "squeue", "scancel", "scontrol"})
    if (get(seen, std::string("path-") + command).empty()) missing.push_back(command);
  if (!missing.empty()) {
    entries.push_back({"commands", CheckLevel::error,
                       "not found: " + join(missing, ", ") +
                           ". Jobs of this backend cannot be started here: name the folder with the "
                           "option `bin`, or use a host where Slurm's client is installed"});
    return entries;
  }
  entries.push_back({"commands", CheckLevel::ok,
                     get(seen, "path-sbatch") + ", " + get(seen, "version")});
  const std::string ping = get(seen, "ping");
  if (ping.find(" is UP") == std::string::npos) {
    entries.push_back({"controller", CheckLevel::error,
                       "slurmctld does not answer (scontrol ping: " + one_line(ping, 150) +
                           "). No job can be started until it does; those that run go on, and "
                           "nothing is concluded about them meanwhile"});
    return entries;
  }
  const std::string cluster = get(seen, "config-ClusterName");
  entries.push_back({"controller", CheckLevel::ok,
                     "up" + (cluster.empty() ? "" : ", cluster " + cluster)});
  entries.push_back(history_entry(get(seen, "config-AccountingStorageType"),
                                  get(seen, "config-JobCompType"),
                                  get(seen, "config-MinJobAge")));
  if (get(seen, "path-sacct").empty())
    entries.push_back({"sacct", CheckLevel::warning, "not found: the history cannot be asked"});
  if (const std::string requeue = get(seen, "config-JobRequeue"); !requeue.empty())
    entries.push_back({"requeue", CheckLevel::ok,
                       requeue == "0" ? "off: a job whose node fails has failed, unless its option "
                                        "`requeue` says otherwise"
                                      : "on: a job whose node fails is started again by Slurm, under "
                                        "the same id, unless its option `requeue` says otherwise"});
  return entries;
}

}  // namespace ketrew::slurm
