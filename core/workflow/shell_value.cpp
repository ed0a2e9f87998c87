#include "core/workflow/shell_value.hpp"

#include "core/base/text.hpp"

namespace ketrew::workflow {
namespace {

std::string escaped(std::string_view value, std::string_view special) {
  std::string out;
  for (const char c : value) {
    if (special.find(c) != special.npos) out += '\\';
    out += c;
  }
  return out;
}

std::string in_single_quotes(std::string_view value) {
  std::string out;
  for (std::size_t end; (end = value.find('\'')) != std::string_view::npos;) {
    out.append(value.substr(0, end)).append("'\\''");
    value.remove_prefix(end + 1);
  }
  return out.append(value);
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// Of a line behind <<- tabs do not count.
std::string without_tabs(std::string_view value) {
  std::string out(value);
  out.erase(std::remove(out.begin(), out.end(), '\t'), out.end());
  return out;
}

bool is_whole_number(std::string_view value) {
  if (!value.empty() && value[0] == '-') value.remove_prefix(1);
  return !value.empty() && value.size() < 19 &&
         value.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string_view unsafe_place(ShellContext context) {
  switch (context) {
    case ShellContext::plain:
    case ShellContext::double_quotes:
    case ShellContext::single_quotes:
    case ShellContext::comment:
    case ShellContext::here_document:
    case ShellContext::here_literal:
    case ShellContext::arithmetic: return {};
    case ShellContext::escaped: return "stands behind a backslash";
    case ShellContext::backticks: return "stands between backticks; write $(...) instead";
    case ShellContext::parameter: return "stands inside a ${...} of the shell";
    case ShellContext::dollar_quotes: return "stands inside $'...'";
    case ShellContext::delimiter: return "ends a here-document";
    case ShellContext::uncertain: return "stands behind something that shells read differently";
    case ShellContext::unclosed: return "stands inside a quote or bracket that is not closed";
  }
  return {};
}

tl::unexpected<Error> cannot_stand(const std::string& spelled, std::string_view why) {
  return fail(ErrorKind::invalid, spelled + " " + std::string(why),
              "or give it to the program in `environment:` and write \"$NAME\"");
}

Result<std::string> shell_value(std::string_view value, const ShellPlace& place,
                                const std::string& spelled) {
  const ShellContext context = place.context;
  if (const auto why = unsafe_place(context); !why.empty()) return cannot_stand(spelled, why);
  switch (context) {
    case ShellContext::single_quotes: return in_single_quotes(value);
    case ShellContext::double_quotes: return escaped(value, "\\\"$`");
    case ShellContext::comment: return one_line(value, 200);
    case ShellContext::here_document:
    case ShellContext::here_literal:
      if (value.find('\n') != std::string_view::npos)
        return cannot_stand(spelled, "has a line break in it, and stands in a here-document");
      if (place.delimiter && place.delimiter->find(without_tabs(value)) != std::string::npos)
        return cannot_stand(spelled, "could make the end of the here-document of its line");
      // Seen in dash 0.5.12: what follows a part of the delimiter loses a byte.
      if (place.delimiter && !std::all_of(value.begin(), value.end(), is_ascii))
        return cannot_stand(spelled, "is not ASCII, on a line of a here-document like its end");
      return context == ShellContext::here_literal ? std::string(value) : escaped(value, "\\$`");
    case ShellContext::arithmetic:
      if (!is_whole_number(value))
        return cannot_stand(spelled, "is no whole number, and stands in arithmetic");
      return value[0] == '-' ? "(" + std::string(value) + ")" : std::string(value);
    case ShellContext::plain:
    case ShellContext::escaped:
    case ShellContext::backticks:
    case ShellContext::parameter:
    case ShellContext::dollar_quotes:
    case ShellContext::delimiter:
    case ShellContext::uncertain:
    case ShellContext::unclosed: break;
  }
  return "'" + in_single_quotes(value) + "'";
}

}  // namespace ketrew::workflow
