#include "core/host/monitored_script.hpp"

#include "core/base/text.hpp"

namespace ketrew::host {
namespace {

bool is_shell_name(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || !letter(text.front())) return false;
  for (const char c : text)
    if (!letter(c) && !(c >= '0' && c <= '9')) return false;
  return true;
}

constexpr std::string_view time_and_log = R"sh(
if [ -n "${BASH_VERSION-}" ] && printf '%(%s)T' -1 >/dev/null 2>&1; then
  ketrew_now() { TZ=UTC0 printf -v ketrew_time '%(%Y-%m-%dT%H:%M:%SZ)T' -1; }
else
  ketrew_now() { ketrew_time=$(date -u +%Y-%m-%dT%H:%M:%SZ); }
fi
ketrew_log() {
  ketrew_now
  printf '%s %s\n' "$ketrew_time" "$*" >>"$KETREW_PLAYGROUND/log"
}
)sh";

// Who we are, then the claim: made with O_EXCL (noclobber), which only one process can do.
constexpr std::string_view claim = R"sh(
case $ketrew_restart in ''|*[!0-9]*) ketrew_restart=0 ;; esac
ketrew_claim=$KETREW_PLAYGROUND/claim
[ "$ketrew_restart" -eq 0 ] || ketrew_claim=$ketrew_claim.$ketrew_restart
ketrew_start= ketrew_boot=
{ read -r ketrew_stat </proc/$$/stat && set -- ${ketrew_stat##*)} && ketrew_start=${20}; } 2>/dev/null
{ read -r ketrew_boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
set --
if ! (set -C; : >"$ketrew_claim") 2>/dev/null; then
  [ -e "$ketrew_claim" ] && exit 75
  echo "ketrew: cannot create $ketrew_claim" >&2
  exit 74
fi
case $ketrew_by in *[!A-Za-z0-9_.:/+,-]*) ketrew_by= ;; esac
if ! printf 'claim by=script restart=%s pid=%s start=%s boot=%s mark=%s end\n' \
    "$ketrew_restart" "$$" "$ketrew_start" "$ketrew_boot" "$ketrew_by" >"$ketrew_claim"; then
  rm -f "$ketrew_claim"
  exit 74
fi
[ "$ketrew_restart" -eq 0 ] || [ ! -e "$KETREW_PLAYGROUND/exit" ] ||
  mv -f "$KETREW_PLAYGROUND/exit" "$KETREW_PLAYGROUND/exit.before-$ketrew_restart"
ketrew_log "start by=script job=$KETREW_JOB_ID attempt=$KETREW_ATTEMPT restart=$ketrew_restart pid=$$" || exit 74
ketrew_started=$ketrew_time
exec </dev/null >>"$KETREW_PLAYGROUND/out" 2>>"$KETREW_PLAYGROUND/err" || exit 74
ketrew_end() {
  for ketrew_other in "$KETREW_PLAYGROUND"/claim.*; do
    ketrew_number=${ketrew_other##*.}
    case $ketrew_number in ''|*[!0-9]*) continue ;; esac
    if [ "$ketrew_number" -gt "$ketrew_restart" ]; then
      ketrew_log "superseded by restart $ketrew_number code=$1"
      exit 75
    fi
  done
  [ "$1" -eq 0 ] || ketrew_failed
  ketrew_log "end code=$1"
  printf 'exit code=%s started=%s ended=%s end\n' "$1" "$ketrew_started" "$ketrew_time" \
    >"$KETREW_PLAYGROUND/exit.tmp" &&
    mv -f "$KETREW_PLAYGROUND/exit.tmp" "$KETREW_PLAYGROUND/exit" && exit "$1"
  echo "ketrew: cannot write $KETREW_PLAYGROUND/exit: the exit code was $1" >&2
  exit 74
}
)sh";

constexpr std::string_view plain_end = R"sh(
ketrew_claim=$KETREW_PLAYGROUND/claim
ketrew_end() {
  [ "$1" -eq 0 ] || ketrew_failed
  exit "$1"
}
)sh";

// $1: the claim of an attempt that came to nothing; $2: its number. Of the files that it was to make those
// that it touched get another name: whoever finds one under its own takes it for whole.
constexpr std::string_view set_aside = R"sh(
ketrew_set_aside() {
  [ -e "$1" ] || return 0
  ketrew_ifs=$IFS
  IFS='
'
  set -f
  for ketrew_product in $KETREW_PRODUCTS; do
    [ -f "$ketrew_product" ] && [ ! -h "$ketrew_product" ] || continue
    [ "$1" -nt "$ketrew_product" ] && continue
    mv -f -- "$ketrew_product" "$ketrew_product.failed-$2" &&
      ketrew_log "set aside $ketrew_product.failed-$2"
  done
  set +f
  IFS=$ketrew_ifs
}
ketrew_failed() { ketrew_set_aside "$ketrew_claim" "$KETREW_ATTEMPT"; }
)sh";

// The program is over when the shell comes to this: both got the signal, or the shell waited for it.
constexpr std::string_view set_aside_when_killed =
    "trap 'ketrew_failed; trap - TERM; kill -TERM $$' TERM\n";

constexpr std::string_view nothing_to_set_aside = "ketrew_failed() { :; }\n";

// The playground of the attempt before, which may not have lived to do it itself.
std::string claim_before(const MonitoredScript& script) {
  const std::string number = "-" + std::to_string(script.attempt);
  if (script.attempt < 2 || !script.token.ends_with(number)) return {};
  const std::string id = script.token.substr(0, script.token.size() - number.size());
  return "\"${KETREW_PLAYGROUND%/*}\"/" + shell_quote(id + "-" + std::to_string(script.attempt - 1)) + "/claim";
}

// In a subshell that becomes the program: a name that is also a builtin of the shell means the
// program, and nothing of ours is left in between.
std::string command_line(const Command& command, const std::vector<std::string>& odd_variables) {
  std::vector<std::string> words;
  // exec takes no "--" in every shell: a program that looks like an option goes through env.
  const bool option = !command.exec.empty() && command.exec.front().substr(0, 1) == "-";
  if (!odd_variables.empty() || option) {
    words.push_back("env");
    if (option) words.push_back("--");
    words.insert(words.end(), odd_variables.begin(), odd_variables.end());
  }
  if (command.exec.empty()) {
    words.insert(words.end(), {"/bin/sh", "-c", command.sh});
  } else {
    words.insert(words.end(), command.exec.begin(), command.exec.end());
  }
  return "(exec " + shell_quote(words) + ")\n";
}

}  // namespace

bool names_products(const Program& program) {
  const auto named = program.environment.find("KETREW_PRODUCTS");
  return named != program.environment.end() && !named->second.empty();
}

std::string render(const MonitoredScript& script) {
  std::string out = "#!" + script.shell + "\n" + script.directives;
  out += "# Job " + script.job_id + ", attempt " + std::to_string(script.attempt) +
         ". Made by Ketrew; it runs once, whoever starts it again.\n";
  out += "KETREW_PLAYGROUND=" +
         (script.playground.empty() ? std::string("$PWD") : shell_quote(script.playground)) + "\n";
  out += "KETREW_JOB_ID=" + shell_quote(script.job_id) + "\n";
  out += "KETREW_ATTEMPT=" + std::to_string(script.attempt) + "\n";
  out += "KETREW_TOKEN=" + shell_quote(script.token) + "\n";
  out += "export KETREW_PLAYGROUND KETREW_JOB_ID KETREW_ATTEMPT KETREW_TOKEN\n";
  if (script.stands_alone)
    out += "ketrew_restart=" + script.restart_count + " ketrew_by=" + script.claimed_by + "\n";
  out += time_and_log;
  out += script.stands_alone ? claim : plain_end;
  if (script.outlives_signals) out += "trap : HUP INT QUIT TERM XCPU XFSZ USR1 USR2\n";

  std::vector<std::string> odd_variables;  // names that a shell cannot export
  for (const auto& [name, value] : script.program.environment) {
    if (is_shell_name(name)) {
      out += name + "=" + shell_quote(value) + "\nexport " + name + "\n";
    } else {
      odd_variables.push_back(name + "=" + value);
    }
  }
  if (names_products(script.program)) {
    out += set_aside;
    if (!script.outlives_signals) out += set_aside_when_killed;
    if (const std::string claim_file = claim_before(script); !claim_file.empty())
      out += "ketrew_set_aside " + claim_file + " " + std::to_string(script.attempt - 1) + "\n";
  } else {
    out += nothing_to_set_aside;
  }
  const std::string directory = script.program.directory.empty()
                                    ? std::string("\"$KETREW_PLAYGROUND\"")
                                    : shell_quote(script.program.directory);
  out += "cd -- " + directory + " || ketrew_end 126\n";
  for (std::size_t i = 0; i < script.program.commands.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    out += "\nketrew_log 'command " + number + " begin'\n";
    out += command_line(script.program.commands[i], odd_variables);
    out += "ketrew_code=$?\n";
    out += "ketrew_log \"command " + number + " end code=$ketrew_code\"\n";
    out += "[ \"$ketrew_code\" -eq 0 ] || ketrew_end \"$ketrew_code\"\n";
  }
  out += "ketrew_end 0\n";
  return out;
}

}  // namespace ketrew::host
