// What surrounds each place of a shell text: how a value has to be written there to arrive as it
// is, and to be nothing but a value. Knows POSIX shell and what bash adds to its quoting; where the
// two read a text differently, no value can stand behind that place.
//
// Beyond its reach is what a shell makes of a value later on: `eval`, `sh -c "..."`, and what bash
// takes for arithmetic in `[[ -eq ]]` and `let`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ketrew::workflow {

enum class ShellContext {
  plain,          // outside quotes: the value gets quotes of its own
  double_quotes,  // "...": what is special there is escaped
  single_quotes,  // '...'
  comment,        // to the end of the line
  here_document,  // <<EOF: the lines below it; what is special there is escaped
  here_literal,   // <<'EOF': its lines are taken as they are
  arithmetic,     // $((...)), NAME[...]: only whole numbers
  // No value is safe here:
  escaped,        // behind a backslash
  backticks,      // `...`: another round of quoting
  parameter,      // ${NAME...}
  dollar_quotes,  // $'...'
  delimiter,      // the word behind <<
  uncertain,      // behind something that shells read differently, or that cannot be followed
  unclosed,       // inside a quote or bracket that does not end
};

struct Span {
  std::size_t begin = 0, end = 0;
};

struct ShellPlace {
  ShellContext context = ShellContext::unclosed;
  // The delimiter of the here-document, where a value that is a part of it could make it of its
  // line.
  std::optional<std::string> delimiter = {};
  bool operator==(const ShellPlace&) const = default;
};

// The place of each span (in order, not overlapping). The spans themselves are not looked at. Time
// is linear in the text.
std::vector<ShellPlace> shell_places(std::string_view text, const std::vector<Span>& spans);

}  // namespace ketrew::workflow
