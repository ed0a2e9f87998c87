#include "core/model/failure_pattern.hpp"

#include <algorithm>

namespace ketrew {
namespace {

constexpr std::size_t longest = 300;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool ends_path(char c) {
  return is_blank(c) || c == '"' || c == '\'' || c == ',' || c == ';' || c == ')' || c == ']' || c == '`';
}

// A run of letters and digits that names one thing only: an id, a digest, a UUID's part.
bool is_id(std::string_view word) {
  const bool has_digit = std::any_of(word.begin(), word.end(), is_digit);
  if (!has_digit) return false;
  if (word.size() >= 8 && std::all_of(word.begin(), word.end(), is_hex) &&
      std::any_of(word.begin(), word.end(), is_letter))
    return true;
  return word.size() >= 20 && std::any_of(word.begin(), word.end(), is_letter);
}

}  // namespace

std::string failure_pattern(std::string_view words) {
  words = words.substr(0, longest);
  std::string out;
  const auto add = [&](std::string_view text) { out += text; };
  for (std::size_t at = 0; at < words.size();) {
    const char c = words[at];
    if (is_blank(c)) {
      while (at < words.size() && is_blank(words[at])) ++at;
      if (!out.empty() && at < words.size()) add(" ");
      continue;
    }
    // A path begins where a word does.
    const bool begins = at == 0 || ends_path(words[at - 1]) || words[at - 1] == '(' || words[at - 1] == '[' ||
                        words[at - 1] == '=' || words[at - 1] == ':';
    if (begins && (c == '/' || words.substr(at, 2) == "./" || words.substr(at, 3) == "../" ||
                   words.substr(at, 2) == "~/") && at + 1 < words.size() && !ends_path(words[at + 1])) {
      while (at < words.size() && !ends_path(words[at])) ++at;
      // What follows a path in a message is no part of it.
      std::string_view tail;
      if (words[at - 1] == ':' || words[at - 1] == '.') tail = words.substr(at - 1, 1);
      add("PATH");
      add(tail);
      continue;
    }
    if (is_digit(c) || is_letter(c)) {
      std::size_t end = at;
      while (end < words.size() && (is_digit(words[end]) || is_letter(words[end]))) ++end;
      const std::string_view word = words.substr(at, end - at);
      if (is_id(word)) {
        add("ID");
      } else {
        for (std::size_t i = 0; i < word.size();) {
          if (!is_digit(word[i])) {
            out += word[i++];
            continue;
          }
          while (i < word.size() && is_digit(word[i])) ++i;
          add("N");
        }
      }
      at = end;
      continue;
    }
    out += c;
    ++at;
  }
  return out;
}

}  // namespace ketrew
