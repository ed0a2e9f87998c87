#include "core/workflow/reference.hpp"

namespace ketrew::workflow {
namespace {

constexpr std::string_view reserved = "[]{},=\"'$*\\";

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && reserved.find(c) == reserved.npos;
}

Result<> check_word(const std::string& word, const std::string& what) {
  if (word.empty()) return fail(ErrorKind::invalid, what + " is empty");
  if (word.size() > 200) return fail(ErrorKind::invalid, what + " is longer than 200 bytes");
  if (!std::all_of(word.begin(), word.end(), is_plain))
    return fail(ErrorKind::invalid, what + " \"" + one_line(word, 60) + "\" cannot be a name",
                "without control characters and any of [ ] { } , = \" ' $ * \\");
  return {};
}

// Takes "..." from the front, or everything up to ',' or ']' outside variables.
Result<std::string> take_value(std::string_view& rest, bool quoted) {
  std::string value;
  for (int depth = 0; !quoted && !rest.empty(); rest.remove_prefix(1)) {
    if (depth == 0 && (rest.front() == ',' || rest.front() == ']')) return value;
    if (rest.substr(0, 2) == "${") ++depth;
    if (rest.front() == '}' && depth > 0) --depth;
    value += rest.front();
  }
  if (!quoted) return value;
  for (rest.remove_prefix(1); !rest.empty(); rest.remove_prefix(1)) {
    if (rest.front() == '"') {
      rest.remove_prefix(1);
      return value;
    }
    if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
    value += rest.front();
  }
  return fail(ErrorKind::invalid, "a quote that is not closed");
}

tl::unexpected<Error> malformed(std::string_view text, const std::string& why) {
  return fail(ErrorKind::invalid, "\"" + one_line(text, 100) + "\" names no node: " + why,
              "write NAME, NAME[key=value,...] or NAME[*]");
}

}  // namespace

Result<> check_node_name(const std::string& name) { return check_word(name, "a node's name"); }

Result<> check_matrix_key(const std::string& key) {
  if (key.find_first_of(".:") != std::string::npos)
    return fail(ErrorKind::invalid, "a matrix key \"" + one_line(key, 60) + "\" cannot be a name",
                "without \".\" and \":\"");
  return check_word(key, "a matrix key");
}

std::string quote_value(std::string_view value) {
  if (!value.empty() && value.find(' ') == value.npos &&
      std::all_of(value.begin(), value.end(), is_plain))
    return std::string(value);
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Result<Reference> read_reference(std::string_view text, yaml::Place place, const Scope& scope) {
  Reference reference;
  reference.place = place;
  reference.spelled = text;
  std::string_view rest = text;
  const auto bracket = rest.find('[');
  reference.node = rest.substr(0, bracket);
  if (auto named = check_node_name(reference.node); !named)
    return malformed(text, named.error().what);
  if (bracket == std::string_view::npos) return reference;
  rest.remove_prefix(bracket + 1);
  if (rest == "*]") {
    reference.any = true;
    return reference;
  }
  for (;;) {
    const auto equals = rest.find_first_of("=,]");
    if (equals == std::string_view::npos || rest[equals] != '=')
      return malformed(text, "a choice is no key=value");
    Choice choice;
    choice.key = trim(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    const bool quoted = !rest.empty() && rest.front() == '"';
    auto value = take_value(rest, quoted);
    if (!value) return malformed(text, value.error().what);
    if (quoted || *value != "*") {
      auto filled = read_template(*value, Reader::plain, place, scope);
      if (!filled) return pass(filled.error());
      choice.value = std::move(*filled);
    }
    for (const auto& other : reference.choices)
      if (other.key == choice.key) return malformed(text, "\"" + choice.key + "\" is chosen twice");
    reference.choices.push_back(std::move(choice));
    if (rest == "]") return reference;
    if (rest.empty() || rest.front() != ',') return malformed(text, "no \"]\" at its end");
    rest.remove_prefix(1);
  }
}

}  // namespace ketrew::workflow
