#include "backends/daemonize/far_script.hpp"

#include "core/base/text.hpp"

namespace ketrew::daemonize {
namespace {

// ketrew_claim_of TOKEN sets ketrew_claim (here, absent, unreadable) and ketrew_line.
// ketrew_alive PID START sets ketrew_state: yes, no, unsure (no /proc: only the pid is known).
constexpr std::string_view shared = R"sh(
ketrew_first_line() {
  ketrew_line= ketrew_found=absent
  if { IFS= read -r ketrew_line <"$1"; } 2>/dev/null; then ketrew_found=here
  elif [ -r "$1" ]; then ketrew_found=broken
  elif [ -e "$1" ] || [ -L "$1" ]; then ketrew_found=unreadable
  else
    ketrew_up=${1%/*}
    [ -e "$ketrew_up" ] || ketrew_up=${ketrew_up%/*}
    { [ -d "$ketrew_up" ] && [ -x "$ketrew_up" ]; } || [ ! -e "${ketrew_up%/*}" ] || [ -x "${ketrew_up%/*}" ] || ketrew_found=unreadable
    { [ -d "$ketrew_up" ] && [ ! -x "$ketrew_up" ]; } && ketrew_found=unreadable
  fi
  return 0
}
ketrew_field() {
  case " $ketrew_line " in
    *" $1="*) ketrew_value=" $ketrew_line"; ketrew_value=${ketrew_value#*" $1="}; ketrew_value=${ketrew_value%% *} ;;
    *) ketrew_value= ;;
  esac
}
ketrew_alive() {
  ketrew_state=no
  case $1 in ''|*[!0-9]*) return ;; esac
  if [ -r /proc/self/stat ]; then
    { read -r ketrew_stat </proc/$1/stat; } 2>/dev/null || return 0
    set -- "$1" "${2:-}" ${ketrew_stat##*)}
    [ "$3" != Z ] && [ "$3" != X ] || return 0
    if [ -z "$2" ]; then ketrew_state=unsure
    elif [ "$2" = "${22}" ]; then ketrew_state=yes; fi
  elif kill -0 "$1" 2>/dev/null || ps -p "$1" >/dev/null 2>&1; then ketrew_state=unsure
  fi
}
)sh";

constexpr std::string_view start_functions = R"sh(
ketrew_bash=$(command -v bash) || ketrew_bash=/bin/sh
ketrew_python='import os, sys
if os.fork():
    os._exit(0)
os.setsid()
os.execvp(sys.argv[1], sys.argv[1:])'
ketrew_start() {
  ketrew_token=$1 ketrew_mode=$2 ketrew_over=$3 ketrew_size=$4 ketrew_text=$5
  shift 5
  ketrew_p=$ketrew_root/$ketrew_token
  ketrew_first_line "$ketrew_p/claim"
  ketrew_field by
  if [ "$ketrew_found" != absent ] && [ "$ketrew_value" = find ]; then
    if [ "$ketrew_over" = 0 ]; then echo "job $ketrew_token tombstone"; return; fi
    rm -f "$ketrew_p/claim"
  elif [ "$ketrew_found" != absent ]; then
    echo "job $ketrew_token existing"; return
  fi
  if ketrew_words=$( { umask 077 && mkdir -p "$ketrew_p" && cd "$ketrew_p" &&
      printf %s "$ketrew_text" >script.tmp && [ "$(wc -c <script.tmp)" -eq "$ketrew_size" ] &&
      chmod 700 script.tmp && mv -f script.tmp script && : >>out && : >>err; } 2>&1 ); then
    [ $# -gt 0 ] || set -- "$ketrew_bash"
    if [ "$ketrew_mode" = python-daemon ]; then
      python3 -c "$ketrew_python" "$@" "$ketrew_p/script" </dev/null >/dev/null 2>>"$ketrew_p/err" || {
        echo "job $ketrew_token failed python3 cannot start it"; return; }
      echo "job $ketrew_token launched 0"
    elif command -v setsid >/dev/null 2>&1; then
      (cd / && exec setsid nohup "$@" "$ketrew_p/script") </dev/null >/dev/null 2>>"$ketrew_p/err" &
      echo "job $ketrew_token launched $!"
    else
      echo "job $ketrew_token failed there is no setsid: use python-daemon"
    fi
  else
    echo "job $ketrew_token failed" $ketrew_words
  fi
}
)sh";

constexpr std::string_view find_function = R"sh(
ketrew_find() {
  ketrew_p=$ketrew_root/$1
  ketrew_first_line "$ketrew_p/claim"
  ketrew_field by
  if [ "$ketrew_found" = unreadable ]; then echo "job $1 unknown"; return; fi
  if [ "$ketrew_found" != absent ]; then
    if [ "$ketrew_value" = find ]; then echo "job $1 absent"; else echo "job $1 here"; fi
    return
  fi
  if (umask 077; mkdir -p "$ketrew_p" && set -C && echo 'claim by=find restart=0 end' >"$ketrew_p/claim") 2>/dev/null; then
    echo "job $1 absent"
  elif [ -e "$ketrew_p/claim" ]; then echo "job $1 here"
  else echo "job $1 unknown"
  fi
}
)sh";

constexpr std::string_view look_function = R"sh(
{ read -r ketrew_boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || ketrew_boot=
echo "boot $ketrew_boot"
ketrew_exit() {
  ketrew_first_line "$ketrew_p/exit"
  [ "$ketrew_found" != here ] || { echo "exit here $ketrew_line"; return 1; }
}
ketrew_look() {
  ketrew_p=$ketrew_root/$1
  echo "job $1"
  ketrew_exit || return 0
  ketrew_pid=$2 ketrew_begin=$3
  ketrew_first_line "$ketrew_p/claim"
  ketrew_claim="claim $ketrew_found $ketrew_line"
  if [ "$ketrew_found" = here ]; then
    ketrew_field pid; [ -z "$ketrew_value" ] || { ketrew_pid=$ketrew_value; ketrew_field start; ketrew_begin=$ketrew_value; }
  fi
  ketrew_alive "$ketrew_pid" "$ketrew_begin"
  if [ "$ketrew_state" = no ]; then
    ls "$ketrew_p" >/dev/null 2>&1
    ketrew_exit || return 0
  else
    ketrew_first_line "$ketrew_p/exit"
  fi
  echo "exit $ketrew_found $ketrew_line"
  echo "$ketrew_claim"
  echo "alive $ketrew_state"
}
)sh";

// What runs on over there after a kill. $1: the root; $2: the grace; then TOKEN PID for each job.
constexpr std::string_view killer = R"sh(
ketrew_root=$1 ketrew_grace=$2
shift 2
ketrew_each() {
  ketrew_do=$1
  shift
  ketrew_left=0
  while [ $# -ge 2 ]; do $ketrew_do "$1" "$2"; shift 2; done
}
ketrew_escaped() {
  [ -r /proc/self/environ ] && grep -l -s -a -F "KETREW_TOKEN=$1" /proc/[0-9]*/environ |
    while IFS=/ read -r _ _ ketrew_other _; do
      [ "$ketrew_other" = $$ ] || [ "$ketrew_other" = self ] || echo "$ketrew_other"
    done
}
ketrew_there() { kill -s 0 -- "-$2" 2>/dev/null || [ -n "$(ketrew_escaped "$1")" ]; }
ketrew_signal() {
  kill -s "$ketrew_sig" -- "-$2" 2>/dev/null
  for ketrew_other in $(ketrew_escaped "$1"); do
    { read -r ketrew_stat </proc/$ketrew_other/stat; } 2>/dev/null || continue
    set -- "$1" "$2" ${ketrew_stat##*)}
    [ "$5" = "$2" ] && [ "$ketrew_sig" = TERM ] || kill -s "$ketrew_sig" "$ketrew_other" 2>/dev/null
  done
}
ketrew_count() { if ketrew_there "$1" "$2"; then ketrew_left=1; fi; }
ketrew_finish() {
  ketrew_there "$1" "$2" && return
  [ -e "$ketrew_root/$1/exit" ] && return
  ketrew_now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  printf 'exit signal=%s ended=%s note=killed end\n' "$ketrew_last" "$ketrew_now" >"$ketrew_root/$1/exit.killed" &&
    mv -f "$ketrew_root/$1/exit.killed" "$ketrew_root/$1/exit"
}
ketrew_wait() {
  ketrew_turns=$1
  shift
  while [ "$ketrew_turns" -gt 0 ]; do
    ketrew_each ketrew_count "$@"
    [ "$ketrew_left" = 1 ] || return 0
    sleep 1
    ketrew_turns=$((ketrew_turns - 1))
  done
  ketrew_each ketrew_count "$@"
}
ketrew_last=15 ketrew_sig=TERM
ketrew_each ketrew_signal "$@"
sleep 0.2 2>/dev/null || sleep 1
ketrew_wait "$ketrew_grace" "$@"
if [ "$ketrew_left" = 1 ]; then
  ketrew_last=9 ketrew_sig=KILL
  ketrew_each ketrew_signal "$@"
  sleep 0.2 2>/dev/null || sleep 1
  ketrew_each ketrew_signal "$@"
  ketrew_wait 10 "$@"
fi
ketrew_each ketrew_finish "$@"
)sh";

constexpr std::string_view kill_function = R"sh(
ketrew_victims=
ketrew_kill() {
  ketrew_p=$ketrew_root/$1
  ketrew_first_line "$ketrew_p/exit"
  [ "$ketrew_found" != here ] || { echo "job $1 over"; return; }
  ketrew_pid=$2 ketrew_begin=$3
  ketrew_first_line "$ketrew_p/claim"
  if [ "$ketrew_found" = here ]; then
    ketrew_field pid; [ -z "$ketrew_value" ] || { ketrew_pid=$ketrew_value; ketrew_field start; ketrew_begin=$ketrew_value; }
  fi
  ketrew_alive "$ketrew_pid" "$ketrew_begin"
  if [ "$ketrew_state" = yes ]; then
    ketrew_victims="$ketrew_victims $1 $ketrew_pid"
    echo "job $1 sent"
  elif [ "$ketrew_state" = no ] && [ "$ketrew_found" = here ]; then echo "job $1 over"
  else echo "job $1 unknown"
  fi
}
)sh";

std::string root_line(const std::string& root) { return "ketrew_root=" + shell_quote(root) + "\n"; }

std::string known(const FarJob& job) {
  return job.token + " '" + (job.process.pid > 0 ? std::to_string(job.process.pid) : "") + "' '" +
         (job.process.started > 0 ? std::to_string(job.process.started) : "") + "'\n";
}

}  // namespace

std::string far_start_text(const std::string& root, std::span<const FarStart> starts) {
  std::string text = root_line(root);
  text += shared;
  text += start_functions;
  for (const auto& start : starts) {
    text += "ketrew_start " + start.token + " " + std::string(to_string(start.mode)) +
            (start.over_tombstone ? " 1 " : " 0 ") + std::to_string(start.script.size()) + " " +
            shell_quote(start.script);
    if (!start.call_script.empty()) text += " " + shell_quote(start.call_script);
    text += "\n";
  }
  return text;
}

std::string far_find_text(const std::string& root, std::span<const std::string> tokens) {
  std::string text = root_line(root);
  text += shared;
  text += find_function;
  for (const auto& token : tokens) text += "ketrew_find " + token + "\n";
  return text;
}

std::string far_look_text(const std::string& root, std::span<const FarJob> jobs) {
  std::string text = root_line(root);
  text += shared;
  text += look_function;
  for (const auto& job : jobs) text += "ketrew_look " + known(job);
  return text;
}

std::string far_kill_text(const std::string& root, std::span<const FarJob> jobs,
                          int grace_seconds) {
  std::string text = root_line(root);
  text += shared;
  text += kill_function;
  for (const auto& job : jobs) text += "ketrew_kill " + known(job);
  text += "[ -z \"$ketrew_victims\" ] && return 0\n";
  text += "ketrew_away=\n";
  text += "command -v setsid >/dev/null 2>&1 && ketrew_away=setsid\n";
  text += "$ketrew_away nohup /bin/sh -c " + shell_quote(killer) +
          " ketrew-kill \"$ketrew_root\" " + std::to_string(grace_seconds) +
          " $ketrew_victims </dev/null >/dev/null 2>&1 &\n";
  return text;
}

}  // namespace ketrew::daemonize
