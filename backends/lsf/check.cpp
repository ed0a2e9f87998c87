#include "backends/lsf/check.hpp"

#include <array>
#include <map>

#include "backends/lsf/commands.hpp"
#include "core/base/text.hpp"

namespace ketrew::lsf {
namespace {

using sdk::CheckEntry;
using sdk::CheckLevel;

// Lines "KEY TEXT", one for each thing that was looked at. No job has the id that bhist is asked for.
constexpr std::string_view look = R"sh(
for ketrew_word in bsub bjobs bkill bhist bpeek timeout; do
  command -v "$ketrew_word" >/dev/null 2>&1 || echo "missing-$ketrew_word "
done
command -v bjobs >/dev/null 2>&1 || return 0
echo "version $(ketrew_lsf bjobs -V 2>&1 </dev/null | head -n 1)"
ketrew_answer=$(ketrew_lsf bjobs -w 2>&1 </dev/null)
echo "bjobs $? $(printf '%s' "$ketrew_answer" | head -n 1)"
command -v bhist >/dev/null 2>&1 || return 0
echo "bhist $(ketrew_lsf bhist -n 1 2147483647 2>&1 </dev/null | head -n 1)"
echo "clean $(ketrew_lsf bparams -l 2>/dev/null </dev/null | grep 'CLEAN_PERIOD')"
return 0
)sh";

struct Optional {
  const char* command;
  const char* without;  // what it means that it is not there
};
constexpr std::array<Optional, 3> optional = {{
    {"bhist", "of a job that LSF has forgotten (an hour after its end) and that left no exit file, it "
              "is not known how it ended"},
    {"bpeek", "output so far is shown from the job's own files alone"},
    {"timeout", "a question to a daemon that hangs is ended by the host's timeout alone, and stays "
                "behind on that host"},
}};

CheckEntry controller(const std::string& answer) {
  const std::string code = answer.substr(0, answer.find(' '));
  if (code == "0" || code == "254" || (code == "255" && answer.find("job found") != std::string::npos))
    return {"mbatchd", CheckLevel::ok, "answers"};
  const std::string words(trim(std::string_view(answer).substr(code.size())));
  return {"mbatchd", CheckLevel::error,
          (code == "124" ? std::string("gives no answer in time") : "does not answer: " + words) +
              ". No job can be started until it does; those that run go on, and nothing is concluded "
              "about them meanwhile"};
}

CheckEntry history(const std::string& bhist, std::string_view clean) {
  const std::size_t equals = clean.find('=');
  const std::string period = equals == std::string_view::npos
                                 ? "an hour"
                                 : one_line(trim(clean.substr(equals + 1)), 60);
  if (bhist.find("No matching job found") != std::string::npos)
    return {"history", CheckLevel::ok,
            "bjobs shows jobs for " + period + " after their end (CLEAN_PERIOD), bhist for longer"};
  return {"history", CheckLevel::warning,
          "bhist cannot be asked (" + one_line(bhist, 150) + "): of a job that LSF has forgotten, " +
              period + " after its end, and that left no exit file, it is not known how it ended"};
}

}  // namespace

std::string check_text() { return std::string(prologue) + std::string(look); }

std::vector<CheckEntry> read_check(const sdk::batch::ShellOutput& output) {
  std::map<std::string, std::string> seen;
  for (const auto& line : split(output.out, '\n')) {
    const auto blank = line.find(' ');
    if (blank != std::string::npos) seen[line.substr(0, blank)] = trim(line.substr(blank + 1));
  }
  std::vector<std::string> missing;
  for (const char* command : {"bsub", "bjobs", "bkill"})
    if (seen.contains(std::string("missing-") + command)) missing.emplace_back(command);
  if (!missing.empty())
    return {{"commands", CheckLevel::error,
             "not found: " + join(missing, ", ") +
                 ". Jobs of this backend cannot be started here: name the folder with the option "
                 "`bin`, or use a host where LSF's commands are"}};
  std::vector<CheckEntry> entries = {{"commands", CheckLevel::ok, seen["version"]}};
  for (const auto& [command, without] : optional)
    if (seen.contains(std::string("missing-") + command))
      entries.push_back({command, CheckLevel::warning, std::string("not found: ") + without});
  entries.push_back(controller(seen["bjobs"]));
  if (seen.contains("bhist") && entries.back().level == CheckLevel::ok)
    entries.push_back(history(seen["bhist"], seen["clean"]));
  return entries;
}

}  // namespace ketrew::lsf
