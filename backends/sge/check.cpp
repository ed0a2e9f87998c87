#include "backends/sge/check.hpp"

#include <map>

#include "backends/sge/commands.hpp"
#include "core/base/text.hpp"

namespace ketrew::sge {
namespace {

using sdk::CheckEntry;
using sdk::CheckLevel;

// Lines "KEY TEXT", one for each thing that was looked at. No job has the id that qacct is asked for.
constexpr std::string_view look = R"sh(
for ketrew_word in qsub qstat qdel qacct awk timeout; do
  command -v "$ketrew_word" >/dev/null 2>&1 || echo "missing-$ketrew_word "
done
command -v qstat >/dev/null 2>&1 || return 0
echo "version $(ketrew_sge qstat -help 2>&1 </dev/null | head -n 1)"
ketrew_answer=$(ketrew_sge qstat -u "$ketrew_user" -xml 2>&1 </dev/null)
echo "qstat $? $(printf '%s\n' "$ketrew_answer" | grep -v '^ *<' | head -n 1)"
echo "environments $(ketrew_sge qconf -spl 2>/dev/null </dev/null | tr '\n' ' ')"
command -v qacct >/dev/null 2>&1 || return 0
echo "qacct $(ketrew_sge qacct -j 4294967295 2>&1 </dev/null | head -n 1)"
return 0
)sh";

constexpr const char* unknown_end =
    "of a job that left no exit file it is not known how it ended, only that it is gone";

CheckEntry controller(const std::string& answer) {
  const std::string code = answer.substr(0, answer.find(' '));
  if (code == "0") return {"qmaster", CheckLevel::ok, "answers"};
  const std::string words(trim(std::string_view(answer).substr(code.size())));
  return {"qmaster", CheckLevel::error,
          (code == "124" ? std::string("gives no answer in time")
                         : "does not answer: " + one_line(words, 150)) +
              ". No job can be started until it does; those that run go on, and nothing is concluded "
              "about them meanwhile"};
}

CheckEntry accounting(const std::string& words) {
  if (words.find("not found") != std::string::npos)
    return {"accounting", CheckLevel::ok, "qacct can be asked"};
  return {"accounting", CheckLevel::warning,
          "qacct cannot be asked (" + one_line(words, 150) + "): " + unknown_end};
}

}  // namespace

std::string check_text() { return std::string(prologue) + std::string(look); }

std::vector<CheckEntry> read_check(const sdk::batch::ShellOutput& output,
                                   const std::string& environment) {
  std::map<std::string, std::string> seen;
  for (const auto& line : split(output.out, '\n')) {
    const auto blank = line.find(' ');
    if (blank != std::string::npos) seen[line.substr(0, blank)] = trim(line.substr(blank + 1));
  }
  std::vector<std::string> missing;
  for (const char* command : {"qsub", "qstat", "qdel", "awk"})
    if (seen.contains(std::string("missing-") + command)) missing.emplace_back(command);
  if (!missing.empty())
    return {{"commands", CheckLevel::error,
             "not found: " + join(missing, ", ") +
                 ". Jobs of this backend cannot be started here: name the folder with the option "
                 "`bin`, or use a host where Grid Engine's commands are"}};
  std::vector<CheckEntry> entries = {{"commands", CheckLevel::ok, seen["version"]}};
  if (seen.contains("missing-timeout"))
    entries.push_back({"timeout", CheckLevel::warning,
                       "not found: a question to a qmaster that hangs is ended by the host's timeout "
                       "alone, and stays behind on that host"});
  entries.push_back(controller(seen["qstat"]));
  if (entries.back().level != CheckLevel::ok) return entries;
  if (const std::string& known = seen["environments"];
      (" " + known + " ").find(" " + environment + " ") == std::string::npos)
    entries.push_back({"parallel environment", CheckLevel::warning,
                       "there is no \"" + environment + "\" (there are: " + known +
                           "): jobs with more than one of `cpus` are refused; say which with "
                           "`parallel_environment`"});
  entries.push_back(seen.contains("missing-qacct")
                        ? CheckEntry{"accounting", CheckLevel::warning,
                                     std::string("there is no qacct: ") + unknown_end}
                        : accounting(seen["qacct"]));
  return entries;
}

}  // namespace ketrew::sge
