#include "backends/pbs/checks.hpp"

#include <algorithm>

#include "backends/pbs/asking.hpp"
#include "core/base/text.hpp"

namespace ketrew::pbs {
namespace {

using sdk::CheckEntry;
using sdk::CheckLevel;

std::string kind(Dialect dialect) {
  switch (dialect) {
    case Dialect::openpbs: return "OpenPBS or PBS Pro";
    case Dialect::torque: return "Torque";
    case Dialect::slurm: return "Slurm's wrappers with Torque's names";
  }
  return "";
}

// Of "    name = value".
std::string attribute(std::string_view text, std::string_view name) {
  for (const auto& line : split(text, '\n')) {
    const auto words = trim(line);
    if (words.starts_with(name) && words.substr(name.size()).starts_with(" = "))
      return std::string(trim(words.substr(name.size() + 3)));
  }
  return "";
}

CheckEntry commands(const Part& missing, const Part& version) {
  const std::string names = one_line(trim(missing.out));
  if (!names.empty())
    return {"commands", CheckLevel::error,
            "not found: " + names + "; set `bin` to the folder of PBS's commands"};
  if (!version.dialect)
    return {"commands", CheckLevel::error,
            "qstat --version says " + to_valid_utf8(version.words()) +
                ", which is of no kind that is known; set `dialect` if you know better"};
  std::string message = kind(*version.dialect);
  if (*version.dialect != Dialect::slurm)
    message += ": " + to_valid_utf8(one_line(trim(version.out + " " + version.err), 100));
  return {"commands", CheckLevel::ok, message};
}

CheckEntry server(const Part& part) {
  if (part.code != 0 || trim(part.out).empty())
    return {"server", CheckLevel::error,
            to_valid_utf8(part.words()) +
                "; until it answers nothing is started, and what runs keeps its state"};
  const std::string state = attribute(part.out, "server_state");
  if (state.empty() || state == "Active" || state == "Idle" || state == "Scheduling")
    return {"server", CheckLevel::ok, "answers" + (state.empty() ? "" : ", " + state)};
  return {"server", CheckLevel::warning, "answers, its state is " + to_valid_utf8(state)};
}

CheckEntry history(const Part& part) {
  std::string without;
  if (*part.dialect == Dialect::slurm) without = "Slurm's qstat has no exit codes";
  if (*part.dialect == Dialect::torque)
    without = "Torque forgets jobs some minutes after their end (keep_completed)";
  if (*part.dialect == Dialect::openpbs && attribute(part.out, "job_history_enable") != "True")
    without = "job_history_enable is off";
  if (!without.empty()) {
    without +=
        "; how a job ended is told by the file `exit` in its playground alone: keep playgrounds on "
        "a file system that this machine and the nodes share";
    return {"history", CheckLevel::warning, without};
  }
  const std::string kept = attribute(part.out, "job_history_duration");
  return {"history", CheckLevel::ok,
          "kept for " + (kept.empty() ? "two weeks" : to_valid_utf8(kept))};
}

}  // namespace

std::string check_command(std::optional<Dialect> known) {
  return prelude(known) + R"sh(ketrew_missing=
for ketrew_command in qsub qstat qdel; do
  command -v $ketrew_command >/dev/null 2>&1 || ketrew_missing="$ketrew_missing $ketrew_command"
done
if [ "$ketrew_dialect" != slurm ] && ! command -v qselect >/dev/null 2>&1; then
  ketrew_missing="$ketrew_missing qselect"
fi
ketrew_ask missing printf %s "$ketrew_missing"
if command -v timeout >/dev/null 2>&1; then ketrew_ask timeout printf yes
else ketrew_ask timeout printf no
fi
ketrew_ask version qstat --version
case $ketrew_dialect in
  openpbs | torque) ketrew_ask server qstat -B -f ;;
  slurm) ketrew_ask server qstat -Q ;;
esac
)sh";
}

std::vector<CheckEntry> read_check(const host::ShellOutput& output) {
  const Part* missing = nullptr;
  const Part* timeout = nullptr;
  const Part* version = nullptr;
  const Part* asked = nullptr;
  const auto parts = read_parts(output);
  for (const Part& part : parts) {
    if (part.label == "missing") missing = &part;
    if (part.label == "timeout") timeout = &part;
    if (part.label == "version") version = &part;
    if (part.label == "server") asked = &part;
  }
  if (!missing || !timeout || !version)
    return {{"commands", CheckLevel::error,
             "no whole answer: " + to_valid_utf8(one_line(output.err))}};
  std::vector<CheckEntry> entries = {commands(*missing, *version)};
  if (trim(timeout->out) == "no")
    entries.push_back({"timeout", CheckLevel::warning,
                       "there is no `timeout` (coreutils): commands that wait for a server that "
                       "hangs stay behind on that host"});
  if (asked && asked->dialect && entries.front().level == CheckLevel::ok) {
    entries.push_back(server(*asked));
    if (entries.back().level != CheckLevel::error) entries.push_back(history(*asked));
  }
  return entries;
}

}  // namespace ketrew::pbs
