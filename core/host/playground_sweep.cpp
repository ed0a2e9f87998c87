#include "core/host/playground_sweep.hpp"

#include "core/base/attempt.hpp"
#include "core/base/text.hpp"
#include "core/host/shell_functions.hpp"

namespace ketrew::host {

bool is_attempt_token(std::string_view text) { return parse_attempt_token(text).has_value(); }

std::string sweep_text(const std::string& root) {
  return "ketrew_root=" + shell_quote(root) + "\n" + std::string(absent_function) + R"sh(
if ketrew_absent "$ketrew_root"; then echo 'sweep end'; return; fi
cd "$ketrew_root" && [ -r . ] || { echo 'sweep unreadable'; return; }
for ketrew_p in *-*; do
  case ${ketrew_p%%-*} in ??????????????????????????) ;; *) continue ;; esac
  [ -d "$ketrew_p" ] && [ ! -L "$ketrew_p" ] || continue
  if [ -e "$ketrew_p/exit" ]; then ketrew_stand=over
  elif [ -e "$ketrew_p/claim" ] || [ -e "$ketrew_p/submit" ]; then ketrew_stand=open
  else ketrew_stand=bare
  fi
  ketrew_more=
  for ketrew_file in exit.tmp script.tmp submitted.tmp; do
    [ ! -e "$ketrew_p/$ketrew_file" ] || ketrew_more=' tmp'
  done
  printf '%s %s%s\n' "$ketrew_p" "$ketrew_stand" "$ketrew_more"
done
echo 'sweep end'
)sh";
}

Result<std::vector<SweptPlayground>> read_sweep(std::string_view answer) {
  std::vector<SweptPlayground> all;
  for (const std::string& line : split(std::string(answer), '\n')) {
    if (line == "sweep end") return all;
    if (line == "sweep unreadable")
      return fail(ErrorKind::unavailable, "the folder of the playgrounds cannot be searched");
    const auto words = split(line, ' ');
    if (words.size() < 2 || !is_attempt_token(words[0])) continue;
    SweptPlayground one;
    one.token = words[0];
    one.stand = words[1] == "over"   ? PlaygroundStand::over
                : words[1] == "bare" ? PlaygroundStand::bare
                                     : PlaygroundStand::open;
    one.unfinished = words.size() > 2;
    all.push_back(std::move(one));
  }
  return fail(ErrorKind::corrupt, "the list of playgrounds was cut");
}

std::string remove_text(const std::string& root, std::span<const std::string> tokens, Removed what) {
  std::string text = "cd " + shell_quote(root) + " || return 1\nketrew_remove() {\n";
  if (what == Removed::playground)
    text += R"sh(  [ -L "$1" ] || rm -rf "./$1" 2>/dev/null
  if [ -e "$1" ] || [ -L "$1" ]; then echo "kept $1"; else echo "removed $1"; fi
}
)sh";
  else
    text += R"sh(  [ ! -L "$1" ] && rm -f "./$1/exit.tmp" "./$1/script.tmp" "./$1/submitted.tmp" 2>/dev/null &&
    echo "removed $1"
}
)sh";
  for (const auto& token : tokens)
    if (is_attempt_token(token)) text += "ketrew_remove " + token + "\n";
  return text;
}

std::vector<std::string> read_removed(std::string_view answer) {
  std::vector<std::string> removed;
  constexpr std::string_view word = "removed ";
  for (const std::string& line : split(std::string(answer), '\n'))
    if (line.starts_with(word) && is_attempt_token(line.substr(word.size())))
      removed.push_back(line.substr(word.size()));
  return removed;
}

}  // namespace ketrew::host
