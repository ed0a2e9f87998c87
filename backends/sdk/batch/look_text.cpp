#include "backends/sdk/batch/look_text.hpp"

#include "backends/sdk/batch/submit_text.hpp"
#include "core/base/text.hpp"
#include "core/host/shell_functions.hpp"

namespace ketrew::sdk::batch {
namespace {

constexpr std::string_view look_functions = R"sh(
ketrew_begin() { ketrew_p=$ketrew_root/$1; printf '\n%s job %s\n' "$ketrew_mark" "$1"; }
ketrew_done() { printf '\n%s done\n' "$ketrew_mark"; }
ketrew_file() { printf '\n%s %s %s\n%s\n' "$ketrew_mark" "$1" "$ketrew_found" "$ketrew_line"; }
ketrew_look() {
  ketrew_latest=0
  for ketrew_path in "$ketrew_p"/*; do
    ketrew_number=${ketrew_path##*/claim.}
    case $ketrew_number in ''|*[!0-9]*) continue ;; esac
    [ "$ketrew_number" -le "$ketrew_latest" ] || ketrew_latest=$ketrew_number
  done
  ketrew_claim=$ketrew_p/claim
  [ "$ketrew_latest" = 0 ] || ketrew_claim=$ketrew_claim.$ketrew_latest
  ketrew_first_line "$ketrew_claim"
  ketrew_file claim
  ketrew_first_line "$ketrew_p/exit"
  ketrew_file exit
}
)sh";

// The age of a submission by this machine's uptime; where it was begun on another one (or before a
// boot), by its file's time.
constexpr std::string_view find_functions = R"sh(
ketrew_uptime
{ read -r ketrew_boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || ketrew_boot=unknown
ketrew_is_young() {
  set -- $ketrew_line
  case ${2-} in ''|*[!0-9]*) return 0 ;; esac
  if [ "${3-}" = "$ketrew_boot" ]; then
    [ $((ketrew_now - $2)) -lt "$ketrew_limit" ]
  else
    [ -z "$(find "$ketrew_p/submit" -mmin +$((ketrew_limit / 60 + 1)) 2>/dev/null)" ]
  fi
}
ketrew_bury() {
  { (umask 077 && echo 'find' >"$ketrew_p/submit.find") && mv -f "$ketrew_p/submit.find" "$ketrew_p/submit"; } 2>/dev/null
}
ketrew_submitting() {
  ketrew_first_line "$ketrew_p/submit"
  if [ "$ketrew_found" = absent ]; then
    if (umask 077; mkdir -p "$ketrew_p" && set -C && echo find >"$ketrew_p/submit") 2>/dev/null; then
      ketrew_stand=never
    elif [ -e "$ketrew_p/submit" ]; then ketrew_stand=underway
    fi
  elif [ "$ketrew_found" = here ] || [ "$ketrew_found" = broken ]; then
    # Buried as well: if the answer was no yes, the next start may submit again.
    if [ -e "$ketrew_p/submitted" ]; then ketrew_bury; ketrew_stand=answered
    elif [ "$ketrew_line" = find ]; then ketrew_stand=never
    elif ketrew_is_young; then ketrew_stand=underway
    elif ketrew_bury; then ketrew_stand=stopped
    fi
  fi
}
ketrew_find() {
  ketrew_begin "$1"
  ketrew_look
  ketrew_stand=unknown
  ketrew_submitting
  printf '\n%s submitting %s\n' "$ketrew_mark" "$ketrew_stand"
  if [ "$ketrew_stand" = answered ]; then ketrew_files; fi
  ketrew_done
}
)sh";

std::string head(const std::string& root, std::string_view mark) {
  std::string text =
      "ketrew_root=" + shell_quote(root) + " ketrew_mark=" + std::string(mark) + "\n";
  text += host::absent_function;
  text += host::first_line_function;
  text += look_functions;
  return text;
}

FileSeen seen(std::string_view word) {
  if (word == "here") return FileSeen::here;
  if (word == "broken") return FileSeen::broken;
  if (word == "absent") return FileSeen::absent;
  return FileSeen::unreadable;
}

Look to_look(std::span<const MarkedPiece> pieces) {
  Look look;
  for (const auto& piece : pieces) {
    if (piece.head.substr(0, 5) == "exit ") {
      look.exit = seen(std::string_view(piece.head).substr(5));
      if (look.exit != FileSeen::here) continue;
      if (auto record = host::parse_exit(piece.text))
        look.record = std::move(*record);
      else
        look.exit = FileSeen::broken;
    } else if (piece.head.substr(0, 6) == "claim ") {
      look.claim = seen(std::string_view(piece.head).substr(6));
      if (look.claim != FileSeen::here) continue;
      if (auto record = host::parse_claim(piece.text))
        look.claimed = std::move(*record);
      else
        look.claim = FileSeen::broken;
    }
  }
  return look;
}

}  // namespace

std::string look_text(const std::string& root, std::string_view mark,
                      std::span<const std::string> tokens) {
  std::string text = head(root, mark);
  for (const auto& token : tokens)
    text += "ketrew_begin " + token + "; ketrew_look; ketrew_done\n";
  return text;
}

std::map<std::string, Look> read_looks(std::string_view answer, std::string_view mark) {
  std::map<std::string, Look> looks;
  for (const auto& [token, pieces] : read_marked(answer, mark))
    looks.emplace(token, to_look(pieces));
  return looks;
}

std::string finding_text(const std::string& root, std::string_view mark, int submit_seconds,
                      std::span<const std::string> tokens) {
  std::string text = head(root, mark);
  // What is killed at its time limit has some seconds to go, and then its answer to write.
  text += "ketrew_limit=" + std::to_string(submit_seconds + 10) + "\n";
  text += submission_files_function;
  text += host::uptime_function;
  text += find_functions;
  for (const auto& token : tokens) text += "ketrew_find " + token + "\n";
  return text;
}

std::map<std::string, Finding> read_findings(std::string_view answer, std::string_view mark) {
  std::map<std::string, Finding> findings;
  for (const auto& [token, pieces] : read_marked(answer, mark)) {
    Finding finding;
    finding.look = to_look(pieces);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const auto& line = pieces[i].head;
      if (line == "submitting never") finding.submitting = Submitting::never;
      if (line == "submitting stopped") finding.submitting = Submitting::stopped;
      if (line == "submitting underway") finding.submitting = Submitting::underway;
      if (line != "submitting answered") continue;
      if (auto output = read_submission_files(std::span(pieces).subspan(i + 1))) {
        finding.submitting = Submitting::answered;
        finding.answer = std::move(*output);
      }
    }
    findings.emplace(token, std::move(finding));
  }
  return findings;
}

}  // namespace ketrew::sdk::batch
