#include "backends/pbs/asking.hpp"

#include <charconv>

#include "core/base/text.hpp"

namespace ketrew::pbs {
namespace {

// Lines that no row of the scheduler begins with.
constexpr std::string_view err_mark = "\nketrew-err\n";
constexpr std::string_view end_mark = "\nketrew-end ";

}  // namespace

std::string prelude(std::optional<Dialect> known) {
  // TZ: qstat prints its times as the local ones of where it runs. Not exported from here: a job that
  // is submitted may get this shell's environment.
  std::string text = R"sh(ketrew_limit() { (TZ=UTC0 LC_ALL=C; export TZ LC_ALL; ketrew_limited "$@"); }
ketrew_ask() {
  ketrew_label=$1
  shift
  { ketrew_err=$(ketrew_limit "$@" </dev/null 2>&1 >&3 3>&-); ketrew_code=$?; } 3>&1
  printf '\nketrew-err\n%s\nketrew-end %s %s %s\n' "$ketrew_err" "$ketrew_code" "$ketrew_dialect" "$ketrew_label"
}
)sh";
  return text + dialect_lines(known);
}

std::string Part::words() const {
  const std::string said = one_line(trim(err.empty() ? out : err), 200);
  if (timed_out() && said.empty()) return "no answer in time";
  if (code == 127 && said.empty()) return "command not found";
  return said.empty() ? "exit code " + std::to_string(code) + " without a word" : said;
}

std::vector<Part> read_parts(const host::ShellOutput& output) {
  std::vector<Part> parts;
  std::string_view rest = output.out;
  while (true) {
    const auto err_at = rest.find(err_mark);
    if (err_at == std::string_view::npos) return parts;
    const auto end_at = rest.find(end_mark, err_at + err_mark.size() - 1);
    if (end_at == std::string_view::npos) return parts;
    const auto line_at = end_at + end_mark.size();
    const auto line_end = rest.find('\n', line_at);
    if (line_end == std::string_view::npos) return parts;

    Part part;
    part.out = rest.substr(0, err_at);
    if (const auto err_from = err_at + err_mark.size(); err_from < end_at)
      part.err = rest.substr(err_from, end_at - err_from);
    const auto words = split(rest.substr(line_at, line_end - line_at), ' ');
    if (words.size() != 3) return parts;
    const std::string& code = words[0];
    const auto [stop, error] = std::from_chars(code.data(), code.data() + code.size(), part.code);
    if (error != std::errc() || stop != code.data() + code.size()) return parts;
    part.dialect = parse_dialect(words[1]);
    part.label = words[2];
    parts.push_back(std::move(part));
    rest.remove_prefix(line_end + 1);
  }
}

}  // namespace ketrew::pbs
