// The shell texts: which command of LSF asks what.
#include "backends/lsf/commands.hpp"

#include "backends/lsf/fields_report.hpp"
#include "backends/lsf/names.hpp"
#include "core/base/text.hpp"

namespace ketrew::lsf {

using namespace sdk::batch;

// With daemons down the clients try for ever unless LSB_NTRIES says how often; with a daemon that
// hangs even that does not help, but ketrew_limited does. Times in UTC, so that they can be read without knowing the host's.
const std::string_view prologue = R"sh(
LSB_NTRIES=1 TZ=UTC0 LC_ALL=C
export LSB_NTRIES TZ LC_ALL
unset LSB_BJOBS_FORMAT LSB_BJOBS_PENDREASON_LEVEL LSB_DISPLAY_YEAR
ketrew_lsf() { ketrew_limited "$@"; }
)sh";

namespace {

// Whether bjobs has -o: OpenLava and LSF before 9 do not. Known for most jobs, see JobState::own.
constexpr std::string_view format_function = R"sh(
ketrew_format() {
  case $(ketrew_lsf bjobs -V 2>&1 </dev/null) in
    *penlava*|*"LSF "[1-8].*) echo columns ;;
    *LSF*) echo fields ;;
    *) echo columns ;;
  esac
}
)sh";

std::string ids_of(std::span<const AskedJob> jobs) {
  std::string ids;
  for (const AskedJob& job : jobs)
    if (const std::string id = lsf_id(job.state.id); !id.empty()) ids += " " + id;
  return ids;
}

// That of a host is the same for all of its jobs. Empty where none of them knows it, or where they
// do not agree (LSF was replaced while they ran).
std::string format_of(std::span<const AskedJob> jobs) {
  std::string known;
  for (const AskedJob& job : jobs) {
    if (!job.state.own.is_object()) continue;
    const auto at = job.state.own.find("format");
    if (at == job.state.own.end() || !at->is_string()) continue;
    const auto& format = at->get_ref<const std::string&>();
    if (!known.empty() && format != known) return {};
    known = format;
  }
  return known;
}

}  // namespace

std::string name_of(const std::string& token, const Json& options) {
  std::optional<std::string> job_name;
  if (options.is_object())
    if (const auto at = options.find("job_name"); at != options.end() && at->is_string())
      job_name = at->get<std::string>();
  return lsf_name(token, job_name);
}

std::string submit_command(const std::vector<std::string>& words, const std::string& name,
                           const host::Playground& playground, const std::string& shell) {
  std::vector<std::string> command = {"bsub"};
  command.insert(command.end(), words.begin(), words.end());
  // LSF mails its report of the job unless it has a file for it; in a name, % stands for a number.
  const std::string report = playground.file("report");
  for (const std::string& word :
       {std::string("-J"), name, std::string("-o"),
        report.find('%') == std::string::npos ? report : std::string("/dev/null")})
    command.push_back(word);
  // One word, for the shell of the job. As a script on bsub's stdin, lines of the user's program
  // that begin with #BSUB would be taken for options.
  command.push_back("exec " + shell_quote(shell) + " " + shell_quote(playground.script()));
  return std::string("unset BSUB_QUIET BSUB_QUIET2\n") + std::string(format_function) +
         "ketrew_lsf() { \"$@\"; }\n"
         "LSB_NTRIES=1 " +
         shell_quote(command) +
         " </dev/null\nketrew_code=$?\n"
         "[ \"$ketrew_code\" -ne 0 ] || echo \"ketrew-format $(ketrew_format)\"\n"
         "exit \"$ketrew_code\"\n";
}

std::string find_text(std::span<const sdk::FindRequest> requests) {
  // All of the user's jobs, whatever became of them; if some token is not among them, all that the
  // history has of the user, once: bhist takes one name at a time, and reads its whole log for each.
  // The history counts only for what it has: its silence proves nothing. A name begins with the token.
  std::string tokens;
  for (const auto& request : requests) tokens += " " + request.token;
  return std::string(prologue) + "ketrew_tokens='" + tokens +
         "'\n"
         "ketrew_jobs=$(ketrew_lsf bjobs -a -w </dev/null)\nketrew_code=$?\n"
         "printf '%s\\n' \"$ketrew_jobs\"\n"
         "case $ketrew_code in 0|254|255) ;; *) return \"$ketrew_code\" ;; esac\n"
         "ketrew_wanted=$({ printf 'ketrew-want %s\\n' $ketrew_tokens; printf '%s\\n' \"$ketrew_jobs\"; } |\n"
         "  awk '$1 == \"ketrew-want\" { want[$2] = 1; next }\n"
         "       { for (i = 3; i <= NF; i++) { sub(/[.].*/, \"\", $i); delete want[$i] } }\n"
         "       END { for (token in want) print token }')\n"
         "[ -n \"$ketrew_wanted\" ] || return \"$ketrew_code\"\n"
         "echo " + std::string(history_mark) + "\n"
         "ketrew_lsf bhist -a -w </dev/null 2>/dev/null |\n"
         "  { printf 'ketrew-want %s\\n' $ketrew_wanted; cat; } |\n"
         "  awk '$1 == \"ketrew-want\" { want[$2] = 1; next }\n"
         "       { token = $3; sub(/[.].*/, \"\", token); if (token in want) print }'\n"
         "return \"$ketrew_code\"\n";
}

std::string inventory_text() {
  return std::string(prologue) + "ketrew_lsf bjobs -w </dev/null\n";
}

std::string queue_text(std::span<const AskedJob> jobs) {
  const std::string ids = ids_of(jobs), format = format_of(jobs);
  const std::string columns = "ketrew_lsf bjobs -a -l" + ids + " </dev/null\n";
  const std::string fields = "ketrew_lsf bjobs -a -o " + shell_quote(asked_fields) + ids + " </dev/null\n";
  if (ids.empty()) return ":";
  std::string text = std::string(prologue);
  if (format == "columns") return text + columns;
  if (format == "fields") return text + fields;
  text += format_function;
  return text + "if [ \"$(ketrew_format)\" = fields ]; then\n" + fields + "else\n" + columns + "fi\n";
}

std::string history_text(std::span<const AskedJob> jobs) {
  return std::string(prologue) + "ketrew_lsf bhist -n 0 -l" + ids_of(jobs) + " </dev/null\n";
}

std::string kill_text(std::span<const AskedJob> jobs) {
  const std::string ids = ids_of(jobs);
  if (ids.empty()) return ":";  // bkill without an id ends the job that was submitted last
  return std::string(prologue) + "ketrew_lsf bkill" + ids + " </dev/null\n";
}

std::string query_text(std::string_view command, const AskedJob& job) {
  const std::string id = lsf_id(job.state.id);
  if (id.empty()) return "echo 'its id is not known' >&2; return 1";
  return std::string(prologue) + "unset TZ\nketrew_lsf " + std::string(command) + " " + id + " </dev/null\n";
}

}  // namespace ketrew::lsf
