#include "backends/sdk/batch/submit_text.hpp"

#include <array>
#include <charconv>

#include "backends/sdk/batch/marked_text.hpp"
#include "core/base/text.hpp"
#include "core/host/shell_functions.hpp"

namespace ketrew::sdk::batch {
namespace {

// 124 and 137 are what timeout(1) exits with.
constexpr std::string_view submit_functions = R"sh(
{ read -r ketrew_boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || ketrew_boot=unknown
if command -v timeout >/dev/null 2>&1; then
  ketrew_bounded() { timeout -k 5 "$ketrew_limit" /bin/sh -c "$1"; }
else
  ketrew_bounded() { /bin/sh -c "$1"; }
fi
ketrew_uptime
ketrew_first=$ketrew_now ketrew_stop=
ketrew_say() { printf '\n%s job %s\n\n%s %s\n' "$ketrew_mark" "$1" "$ketrew_mark" "$2"; }
ketrew_done() { printf '\n%s done\n' "$ketrew_mark"; }
ketrew_prepare() {
  umask 077 && mkdir -p "$ketrew_p" && cd "$ketrew_p" &&
    printf %s "$2" >script.tmp && [ "$(wc -c <script.tmp)" -eq "$1" ] &&
    chmod 700 script.tmp && mv -f script.tmp script && : >>out && : >>err
}
ketrew_submit() {
  ketrew_p=$ketrew_root/$1
  [ "$2" = 0 ] || rm -f "$ketrew_p/submitted" "$ketrew_p/submit"
  if [ -e "$ketrew_p/submit" ]; then
    ketrew_existing "$1"
  elif [ -n "$ketrew_stop" ]; then
    ketrew_say "$1" "later $ketrew_stop"
  elif ! ketrew_words=$(ketrew_prepare "$3" "$4" 2>&1); then
    ketrew_say "$1" "failed $(echo $ketrew_words)"
  elif ! (set -C; echo "run $ketrew_now $ketrew_boot" >"$ketrew_p/submit") 2>/dev/null; then
    ketrew_existing "$1"
  else
    ketrew_began=$ketrew_now
    (cd "$ketrew_p" && ketrew_bounded "$5") >"$ketrew_p/submit.out" 2>"$ketrew_p/submit.err" </dev/null
    ketrew_code=$?
    { printf 'submitted code=%s end\n' "$ketrew_code" >"$ketrew_p/submitted.tmp" &&
        mv -f "$ketrew_p/submitted.tmp" "$ketrew_p/submitted"; } 2>/dev/null
    ketrew_uptime
    ketrew_speed=quick
    if [ $(((ketrew_now - ketrew_began) * 2)) -ge "$ketrew_limit" ]; then
      ketrew_speed=slow
      ketrew_stop='the scheduler took long over another submission'
    elif [ $((ketrew_now - ketrew_first)) -ge "$ketrew_budget" ]; then
      ketrew_stop='too many submissions at once'
    fi
    ketrew_say "$1" "answered $ketrew_speed"
    ketrew_files
  fi
  ketrew_done
}
ketrew_existing() {
  ketrew_word=
  { read -r ketrew_word ketrew_line <"$ketrew_p/submit"; } 2>/dev/null
  if [ -e "$ketrew_p/submitted" ]; then ketrew_say "$1" "existing $ketrew_word"; ketrew_files
  elif [ "$ketrew_word" = find ]; then ketrew_say "$1" tombstone
  else ketrew_say "$1" underway
  fi
}
)sh";

constexpr std::array<std::pair<std::string_view, SubmitWord>, 6> words = {{
    {"answered", SubmitWord::answered},
    {"existing", SubmitWord::existing},
    {"tombstone", SubmitWord::tombstone},
    {"underway", SubmitWord::underway},
    {"later", SubmitWord::later},
    {"failed", SubmitWord::failed},
}};

}  // namespace

const std::string_view submission_files_function = R"sh(
ketrew_files() {
  printf '\n%s code\n' "$ketrew_mark"; cat "$ketrew_p/submitted" || return 0
  printf '\n%s out\n' "$ketrew_mark"; cat "$ketrew_p/submit.out" || return 0
  printf '\n%s err\n' "$ketrew_mark"; cat "$ketrew_p/submit.err" || return 0
  printf '\n%s all\n' "$ketrew_mark"
}
)sh";

std::optional<ShellOutput> read_submission_files(std::span<const MarkedPiece> pieces) {
  ShellOutput output;
  bool has_code = false, all = false;
  for (const auto& piece : pieces) {
    if (piece.head == "out") output.out = piece.text;
    if (piece.head == "err") output.err = piece.text;
    if (piece.head == "all") all = true;
    if (piece.head != "code") continue;
    constexpr std::string_view begin = "submitted code=", end = " end\n";
    std::string_view text = piece.text;
    if (text.size() <= begin.size() + end.size() || text.substr(0, begin.size()) != begin ||
        text.substr(text.size() - end.size()) != end)
      continue;
    text = text.substr(begin.size(), text.size() - begin.size() - end.size());
    const auto [stop, error] =
        std::from_chars(text.data(), text.data() + text.size(), output.exit_code);
    has_code = error == std::errc() && stop == text.data() + text.size();
  }
  if (!has_code || !all) return std::nullopt;
  return output;
}

std::string submit_text(const std::string& root, std::string_view mark,
                        const SubmitLimits& limits, std::span<const SubmitOrder> orders) {
  std::string text = "ketrew_root=" + shell_quote(root) + " ketrew_mark=" + std::string(mark) +
                     " ketrew_limit=" + std::to_string(limits.one_seconds) +
                     " ketrew_budget=" + std::to_string(limits.begin_seconds) + "\n";
  text += submission_files_function;
  text += host::uptime_function;
  text += submit_functions;
  for (const auto& order : orders)
    text += "ketrew_submit " + order.token + (order.anew ? " 1 " : " 0 ") +
            std::to_string(order.script.size()) + " " + shell_quote(order.script) + " " +
            shell_quote(order.command) + "\n";
  return text;
}

std::map<std::string, SubmitReply> read_submit(std::string_view answer, std::string_view mark) {
  std::map<std::string, SubmitReply> replies;
  for (const auto& [token, pieces] : read_marked(answer, mark)) {
    if (pieces.empty()) continue;
    const std::string& head = pieces.front().head;
    const std::string_view first = std::string_view(head).substr(0, head.find(' '));
    for (const auto& [name, word] : words) {
      if (name != first) continue;
      SubmitReply reply;
      reply.word = word;
      reply.why = head.size() > first.size() ? head.substr(first.size() + 1) : "";
      reply.slow = word == SubmitWord::answered && reply.why == "slow";
      reply.buried = word == SubmitWord::existing && reply.why == "find";
      if (word == SubmitWord::answered || word == SubmitWord::existing) {
        auto output = read_submission_files(std::span(pieces).subspan(1));
        if (!output) break;  // what it said is not to be read: in doubt
        reply.output = std::move(*output);
        reply.timed_out = reply.output.exit_code == 124 || reply.output.exit_code == 137;
      }
      replies.insert_or_assign(token, std::move(reply));
    }
  }
  return replies;
}

}  // namespace ketrew::sdk::batch
