#include "backends/sge/commands.hpp"

#include "backends/sge/names.hpp"

namespace ketrew::sge {

using namespace sdk::batch;

// Times in UTC, so that they can be read without knowing the host's zone. A qmaster that is down is
// told at once; one that hangs, never.
const std::string_view prologue = R"sh(
TZ=UTC0 LC_ALL=C
export TZ LC_ALL
ketrew_user=$(id -un) || return
ketrew_sge() { ketrew_limited "$@"; }
)sh";

namespace {

// The records of the accounting whose jobnumber, or the end of whose jobname, is among the words in
// $ketrew_wanted. qacct takes one id at a time, and looks through the whole file for each: all of
// the user's records once are cheaper than two of these. Their heading at the end shows that qacct
// came to it.
constexpr std::string_view accounting_function = R"sh(
ketrew_accounting() {
  { printf 'ketrew-want %s\n' $ketrew_wanted
    ketrew_sge qacct -o "$ketrew_user" -j </dev/null; echo "ketrew-qacct $?"; } |
    awk '
      $1 == "ketrew-want" { want[$2] = 1; next }
      function flush() { if (mine) printf "%s", record; record = ""; mine = 0 }
      /^====+$/ { flush(); record = $0 "\n"; next }
      /^OWNER / { flush(); print; next }
      /^ketrew-qacct / { flush(); print; next }
      $1 == "jobnumber" && ($2 in want) { mine = 1 }
      $1 == "jobname" { token = $2; sub(/^.*\./, "", token); if (token in want) mine = 1 }
      { record = record $0 "\n" }'
}
)sh";

std::vector<std::string> ids_of(std::span<const AskedJob> jobs) {
  std::vector<std::string> ids;
  for (const AskedJob& job : jobs)
    if (std::string id = sge_id(job.state.id); !id.empty()) ids.push_back(std::move(id));
  return ids;
}

}  // namespace

std::string submit_command(const std::vector<std::string>& words, const std::string& name,
                           const std::string& shell, const host::Playground& playground) {
  std::vector<std::string> command = {"qsub"};
  command.insert(command.end(), words.begin(), words.end());
  // -C "": lines of the user's program that begin with #$ are no options. The script takes care of
  // its output and directory itself; a path that is not there would put the job in error for ever.
  for (const char* word : {"-terse", "-b", "n", "-C", "", "-j", "y", "-o", "/dev/null", "-wd", "/"})
    command.emplace_back(word);
  command.insert(command.end(), {"-S", shell, "-N", name, playground.script()});
  return shell_quote(command) + " </dev/null\n";
}

std::string find_text(std::span<const sdk::FindRequest> requests) {
  std::string tokens;
  for (const auto& request : requests) tokens += " " + request.token;
  return std::string(prologue) + std::string(accounting_function) +
         "ketrew_jobs=$(ketrew_sge qstat -u \"$ketrew_user\" -xml </dev/null)\n"
         "ketrew_code=$?\n"
         "printf '%s\\n' \"$ketrew_jobs\"\n"
         "[ \"$ketrew_code\" -eq 0 ] || return \"$ketrew_code\"\n"
         "ketrew_wanted=$({ printf 'ketrew-want %s\\n'" + tokens + "; printf '%s\\n' \"$ketrew_jobs\"; } | awk '\n"
         "  $1 == \"ketrew-want\" { want[$2] = 1; next }\n"
         "  sub(/^.*<JB_name>/, \"\") && sub(/<.*$/, \"\") { sub(/^.*[.]/, \"\"); delete want[$0] }\n"
         "  END { for (token in want) print token }')\n"
         "[ -z \"$ketrew_wanted\" ] || { echo " + std::string(second_answer) + "; ketrew_accounting; }\n"
         "return 0\n";
}

std::string inventory_text() {
  return std::string(prologue) + "ketrew_sge qstat -u \"$ketrew_user\" -xml </dev/null\n";
}

std::string queue_text(std::span<const AskedJob>) {
  // All of the user's jobs. Why one is in error is asked in addition: it stays so until somebody acts;
  // and why one waits, while few do. That is one more command, and none while all jobs run.
  return std::string(prologue) +
         "ketrew_jobs=$(ketrew_sge qstat -xml -u \"$ketrew_user\" </dev/null)\n"
         "ketrew_code=$?\n"
         "printf '%s\\n' \"$ketrew_jobs\"\n"
         "[ \"$ketrew_code\" -eq 0 ] || return \"$ketrew_code\"\n"
         "ketrew_why=$(printf '%s\\n' \"$ketrew_jobs\" | awk -F'[<>]' -v few=20 '\n"
         "  $2 == \"JB_job_number\" { id = $3 }\n"
         "  $2 == \"state\" && $3 ~ /E/ { wrong = wrong \",\" id }\n"
         "  $2 == \"state\" && $3 ~ /^(qw|Rq)$/ { waits = waits \",\" id; count++ }\n"
         "  END { ids = wrong (count <= few ? waits : \"\"); print substr(ids, 2) }')\n"
         "[ -n \"$ketrew_why\" ] || return 0\n"
         "echo " + std::string(second_answer) + "\n"
         "ketrew_sge qstat -j \"$ketrew_why\" </dev/null 2>/dev/null | awk '\n"
         "  /^(job_number|error reason|scheduling info)/ { print; shown = 1; next }\n"
         "  /^ / { if (shown) print; next } { shown = 0 }'\n"
         "return 0\n";
}

std::string history_text(std::span<const AskedJob> jobs) {
  const auto ids = ids_of(jobs);
  if (ids.size() == 1)
    return std::string(prologue) + "ketrew_sge qacct -j " + ids.front() + " </dev/null\n";
  std::string text = std::string(prologue) + std::string(accounting_function) + "ketrew_wanted='";
  for (const std::string& id : ids) text += " " + id;
  return text + "'\nketrew_accounting\n";
}

std::string kill_text(std::span<const AskedJob> jobs) {
  const auto ids = ids_of(jobs);
  if (ids.empty()) return ":";
  return std::string(prologue) + "ketrew_sge qdel " + join(ids, " ") + " </dev/null\n";
}

std::string query_text(std::string_view command, const AskedJob& job) {
  const std::string id = sge_id(job.state.id);
  if (id.empty()) return "echo 'its id is not known' >&2; return 1";
  return std::string(prologue) + "unset TZ\nketrew_sge " + std::string(command) + " " + id +
         " </dev/null\n";
}

}  // namespace ketrew::sge
