#include "app/ketrew-condition-worker/condition_script.hpp"

#include <charconv>

namespace ketrew::conditions {
namespace {

// `ketrew_absent PATH`: whether it is proven absent, because its nearest existing folder can be
// searched. `ketrew_returns CODE TEXT`: runs the text; its output's end is evidence, not an answer.
constexpr std::string_view functions = R"sh(
ketrew_absent() {
  ketrew_up=$1
  while :; do
    if [ -e "$ketrew_up" ] || [ -L "$ketrew_up" ]; then
      [ "$ketrew_up" != "$1" ] && { [ ! -d "$ketrew_up" ] || [ -x "$ketrew_up" ]; }
      return
    fi
    case $ketrew_up in */?*) ketrew_up=${ketrew_up%/*} ;; *) return 1 ;; esac
    [ -n "$ketrew_up" ] || ketrew_up=/
  done
}
ketrew_exists() {
  if [ -e "$1" ] || [ -L "$1" ]; then echo holds
  elif ketrew_absent "$1"; then echo fails it is not there
  else echo cannot-tell its folder cannot be searched; fi
}
ketrew_larger() {
  if [ -f "$1" ]; then
    if ketrew_size=$(wc -c <"$1") 2>/dev/null; then
      ketrew_size=$((ketrew_size))
      if [ "$ketrew_size" -gt "$2" ]; then echo holds $ketrew_size bytes
      else echo fails $ketrew_size bytes; fi
    else echo cannot-tell it cannot be read; fi
  elif [ -e "$1" ]; then echo broken it is not a file
  elif ketrew_absent "$1"; then echo fails it is not there
  else echo cannot-tell its folder cannot be searched; fi
}
ketrew_returns() {
  ketrew_said=$({ /bin/sh -c "$2" </dev/null; ketrew_code=$?; echo; echo "$ketrew_code"; } 2>&1 | tail -c 400)
  ketrew_code=${ketrew_said##*"$ketrew_newline"}
  ketrew_said=$(printf %s "${ketrew_said%"$ketrew_newline"*}" | tr '\n\r\0' '   ')
  if [ "$ketrew_code" -eq "$1" ] 2>/dev/null; then echo "holds code $ketrew_code $ketrew_said"
  else echo "fails code $ketrew_code $ketrew_said"; fi
}
ketrew_newline='
'
)sh";

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

// Each test of a condition, in order; nesting is limited by the model.
template <class F>
void each_test(const Condition& condition, F f) {
  if (const auto* all = std::get_if<condition::All>(&condition.test)) {
    for (const auto& part : all->parts) each_test(part, f);
  } else {
    f(condition);
  }
}

std::string line_of(const Condition& test) {
  return std::visit(
      overloaded{[](const condition::Exists& c) { return "ketrew_exists " + shell_quote(c.path); },
                 [](const condition::LargerThan& c) {
                   return "ketrew_larger " + shell_quote(c.path) + " " + std::to_string(c.bytes);
                 },
                 [](const condition::Returns& c) {
                   return "ketrew_returns " + std::to_string(c.code) + " " + shell_quote(c.command);
                 },
                 [](const condition::Never&) { return std::string("echo fails it never holds"); },
                 [](const condition::All&) { return std::string(); }},
      test.test);
}

std::string in_words(const Condition& test) {
  return std::visit(
      overloaded{[](const condition::Exists& c) { return "exists " + c.path; },
                 [](const condition::LargerThan& c) {
                   return c.path + " is larger than " + std::to_string(c.bytes) + " bytes";
                 },
                 [](const condition::Returns& c) {
                   return c.command + " # returns " + std::to_string(c.code);
                 },
                 [](const condition::Never&) { return std::string("never"); },
                 [](const condition::All&) { return std::string("all"); }},
      test.test);
}

Result<Verdict> verdict_of(std::string_view line, const Condition& test) {
  const auto space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  std::string_view rest = space == std::string_view::npos ? "" : line.substr(space + 1);
  Verdict verdict;
  verdict.evidence.command = in_words(test);
  if (word == "holds") verdict.word = Verdict::Word::holds;
  else if (word == "fails") verdict.word = Verdict::Word::fails;
  else if (word == "cannot-tell") verdict.word = Verdict::Word::cannot_tell;
  else if (word == "broken") verdict.word = Verdict::Word::broken;
  else return fail(ErrorKind::corrupt, "a verdict that is none: " + one_line(line, 80));
  if (std::holds_alternative<condition::Returns>(test.test) && rest.starts_with("code ")) {
    rest.remove_prefix(5);
    int code = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), code);
    if (error != std::errc())
      return fail(ErrorKind::corrupt, "a command without an exit code: " + one_line(line, 80));
    verdict.evidence.exit_code = code;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  }
  verdict.evidence.words = std::string(trim(rest));
  return verdict;
}

// False and unknown is false; what can never be told is said only where nothing else decides.
int weight(Verdict::Word word) {
  switch (word) {
    case Verdict::Word::fails: return 3;
    case Verdict::Word::broken: return 2;
    case Verdict::Word::cannot_tell: return 1;
    case Verdict::Word::holds: break;
  }
  return 0;
}

}  // namespace

const char* to_string(Verdict::Word word) {
  switch (word) {
    case Verdict::Word::holds: return "holds";
    case Verdict::Word::fails: return "fails";
    case Verdict::Word::broken: return "broken";
    case Verdict::Word::cannot_tell: break;
  }
  return "cannot-tell";
}

std::string script_of(std::span<const Condition> conditions) {
  std::string text(functions);
  for (const auto& condition : conditions)
    each_test(condition, [&](const Condition& test) { text += line_of(test) + "\n"; });
  return text;
}

Result<std::vector<Verdict>> verdicts_from(std::string_view answer,
                                           std::span<const Condition> conditions) {
  std::vector<Verdict> verdicts;
  std::optional<Error> wrong;
  for (const auto& condition : conditions) {
    Verdict whole;
    whole.word = Verdict::Word::holds;
    each_test(condition, [&](const Condition& test) {
      const auto end = answer.find('\n');
      if (end == std::string_view::npos) {
        if (!wrong) wrong = Error{ErrorKind::corrupt, "fewer verdicts than tests", ""};
        return;
      }
      auto verdict = verdict_of(answer.substr(0, end), test);
      answer.remove_prefix(end + 1);
      if (!verdict) {
        if (!wrong) wrong = verdict.error();
      } else if (weight(verdict->word) > weight(whole.word) || whole.evidence.empty()) {
        whole = std::move(*verdict);
      }
    });
    verdicts.push_back(std::move(whole));
  }
  if (!wrong && !answer.empty()) wrong = Error{ErrorKind::corrupt, "more verdicts than tests", ""};
  if (wrong) return pass(*wrong);
  return verdicts;
}

}  // namespace ketrew::conditions
