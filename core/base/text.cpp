#include "core/base/text.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace ketrew {
namespace {

// The length of the UTF-8 character at the front, 0 if there is none (RFC 3629, table 3-7 of
// Unicode: no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto continues = [&](std::size_t i) { return i < s.size() && (byte(i) & 0xc0) == 0x80; };
  const unsigned char c = byte(0);
  if (c < 0x80) return 1;
  if (c >= 0xc2 && c <= 0xdf) return continues(1) ? 2 : 0;
  if (c >= 0xe0 && c <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    if (c == 0xe0 && byte(1) < 0xa0) return 0;
    if (c == 0xed && byte(1) > 0x9f) return 0;
    return 3;
  }
  if (c >= 0xf0 && c <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (c == 0xf0 && byte(1) < 0x90) return 0;
    if (c == 0xf4 && byte(1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    // Nearly all that is asked about is ASCII: eight bytes at a time.
    std::uint64_t eight;
    if (bytes.size() >= sizeof eight) {
      std::memcpy(&eight, bytes.data(), sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        bytes.remove_prefix(sizeof eight);
        continue;
      }
    }
    const std::size_t n = utf8_length(bytes);
    if (n == 0) return false;
    bytes.remove_prefix(n);
  }
  return true;
}

std::string to_valid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t n = utf8_length(bytes);
    out += n ? bytes.substr(0, n) : std::string_view("\xef\xbf\xbd");
    bytes.remove_prefix(n ? n : 1);
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned value = 0;
    for (std::size_t k = 0; k < 3; ++k)
      value = value << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k > bytes.size() ? '=' : base64_alphabet[value >> (18 - 6 * k) & 63];
  }
  return out;
}

Result<std::string> from_base64(std::string_view text) {
  if (text.size() % 4)
    return fail(ErrorKind::invalid, "base64 text of a length not divisible by 4");
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    unsigned value = 0;
    std::size_t padding = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const char c = text[i + k];
      if (c == '=' && i + 4 == text.size() && k >= 2) {
        ++padding;
        value <<= 6;
        continue;
      }
      const auto at = base64_alphabet.find(c);
      if (at == std::string_view::npos || padding)
        return fail(ErrorKind::invalid, "a character that is not base64");
      value = value << 6 | static_cast<unsigned>(at);
    }
    // Bits that no encoder sets: two texts must not mean the same bytes.
    if (value & ((1u << (8 * padding)) - 1))
      return fail(ErrorKind::invalid, "base64 text with bits behind its end");
    for (std::size_t k = 0; k < 3 - padding; ++k)
      out += static_cast<char>(value >> (16 - 8 * k) & 0xff);
  }
  return out;
}

Json bytes_to_json(std::string_view bytes) {
  if (is_utf8(bytes)) return Json(bytes);
  return Json{{"base64", to_base64(bytes)}};
}

Result<std::string> bytes_from_json(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_object() && json.size() == 1 && json.contains("base64") && json["base64"].is_string())
    return from_base64(json["base64"].get_ref<const std::string&>());
  return fail(ErrorKind::invalid, "expected a string or {\"base64\": \"...\"}");
}

void append_json_string(std::string& out, std::string_view text) {
  if (!is_utf8(text)) return append_json_string(out, to_valid_utf8(text));
  out += '"';
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20) continue;
    out.append(text, begin, i - begin);
    begin = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      default: {
        static constexpr char hex[] = "0123456789abcdef";
        out += "\\u00";
        out += hex[static_cast<unsigned char>(c) >> 4];
        out += hex[static_cast<unsigned char>(c) & 15];
      }
    }
  }
  out.append(text, begin, text.size() - begin);
  out += '"';
}

void append_json_bytes(std::string& out, std::string_view bytes) {
  if (is_utf8(bytes)) return append_json_string(out, bytes);
  out += R"({"base64":")";
  out += to_base64(bytes);
  out += "\"}";
}

std::string shell_quote(std::string_view word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:=@%+,").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return std::string(word);
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

namespace {

// A command's first word that a shell would take for an assignment or for a word of its own.
bool needs_quotes_in_front(std::string_view word) {
  static constexpr std::string_view reserved[] = {
      "if",  "then",  "else",  "elif", "fi",   "do",       "done",   "case",  "esac",
      "for", "while", "until", "in",   "time", "function", "select", "coproc"};
  return word.find('=') != std::string_view::npos ||
         std::find(std::begin(reserved), std::end(reserved), word) != std::end(reserved);
}

}  // namespace

std::string shell_quote(std::span<const std::string> words) {
  std::string out;
  for (const auto& word : words) {
    const bool first = &word == words.data();
    if (!first) out += ' ';
    std::string quoted = shell_quote(word);
    if (first && quoted == word && needs_quotes_in_front(word)) quoted = "'" + quoted + "'";
    out += quoted;
  }
  return out;
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    std::vector<std::size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t k = 1; k <= candidate.size(); ++k) {
        const std::size_t above = row[k];
        row[k] = std::min(
            {above + 1, row[k - 1] + 1, diagonal + (word[i - 1] == candidate[k - 1] ? 0u : 1u)});
        diagonal = above;
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string join(std::span<const std::string> words, std::string_view separator) {
  std::string out;
  for (const auto& word : words) {
    if (&word != words.data()) out += separator;
    out += word;
  }
  return out;
}

std::string one_line(std::string_view text, std::size_t size) {
  std::string line = to_valid_utf8(trim(text));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  if (line.size() <= size) return line;
  while (size > 0 && (static_cast<unsigned char>(line[size]) & 0xc0) == 0x80) --size;
  line.resize(size);
  return line + "...";
}

}  // namespace ketrew
