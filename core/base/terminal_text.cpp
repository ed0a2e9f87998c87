#include "core/base/terminal_text.hpp"

#include <cstdio>

#include "core/base/text.hpp"

namespace ketrew {
namespace {

// Takes one character off the front; -1 for a byte that is not part of valid UTF-8.
std::int32_t take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const std::string_view bytes = text.substr(0, size);
  if (!is_utf8(bytes) || bytes.size() < size) {
    text.remove_prefix(1);
    return -1;
  }
  text.remove_prefix(size);
  if (size == 1) return first;
  std::int32_t value = first & (0xff >> (size + 1));
  for (const char c : bytes.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return value;
}

bool within(std::int32_t c, std::int32_t low, std::int32_t high) { return c >= low && c <= high; }

bool steers(std::int32_t c) {
  return c < 0x20 || within(c, 0x7f, 0x9f) || within(c, 0x200b, 0x200f) ||
         within(c, 0x2028, 0x202e) || within(c, 0x2060, 0x206f) || c == 0xfeff;
}

std::size_t width_of(std::int32_t c) {
  if (within(c, 0x300, 0x36f) || within(c, 0x483, 0x489) || within(c, 0x591, 0x5bd) ||
      within(c, 0x610, 0x61a) || within(c, 0x64b, 0x65f) || within(c, 0x1ab0, 0x1aff) ||
      within(c, 0x1dc0, 0x1dff) || within(c, 0x20d0, 0x20ff) || within(c, 0xfe00, 0xfe0f))
    return 0;
  if (within(c, 0x1100, 0x115f) || within(c, 0x2e80, 0x303e) || within(c, 0x3041, 0xa4cf) ||
      within(c, 0xac00, 0xd7a3) || within(c, 0xf900, 0xfaff) || within(c, 0xfe30, 0xfe6f) ||
      within(c, 0xff00, 0xff60) || within(c, 0xffe0, 0xffe6) || within(c, 0x1f300, 0x1f64f) ||
      within(c, 0x1f680, 0x1f6ff) || within(c, 0x1f900, 0x1f9ff) || within(c, 0x20000, 0x3fffd))
    return 2;
  return 1;
}

}  // namespace

std::string escape_for_terminal(std::string_view bytes) {
  std::string out;
  char code[16];
  while (!bytes.empty()) {
    const std::string_view before = bytes;
    const std::int32_t c = take_character(bytes);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c < 0 || (c < 0x80 && steers(c))) {
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(before[0]));
      out += code;
    } else if (steers(c)) {
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      out += before.substr(0, before.size() - bytes.size());
    }
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(take_character(text));
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::string_view before = text;
    used += width_of(take_character(text));
    if (used + 1 > width) break;
    out += before.substr(0, before.size() - text.size());
  }
  return width ? out + "…" : out;
}

std::string format_ago(Wall then, Wall now) {
  const std::int64_t seconds = (now - then).count() / 1000;
  const std::int64_t n = seconds < 0 ? -seconds : seconds;
  std::string text;
  if (n < 2) return "just now";
  if (n < 60)
    text = std::to_string(n) + "s";
  else if (n < 3600)
    text = std::to_string(n / 60) + "m";
  else if (n < 48 * 3600)
    text = std::to_string(n / 3600) + "h";
  else
    text = std::to_string(n / 86400) + "d";
  return seconds < 0 ? "in " + text : text + " ago";
}

std::string styled(std::string_view text, std::string_view style, bool colour) {
  if (!colour || style.empty() || text.empty()) return std::string(text);
  return "\x1b[" + std::string(style) + "m" + std::string(text) + "\x1b[0m";
}

std::string render_table(const std::vector<std::vector<Cell>>& rows, std::size_t width,
                         bool colour) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i].text));
  }
  std::string out;
  for (const auto& row : rows) {
    std::size_t column = 0, owed = 0;  // spaces are written when something follows them
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string text = row[i].text;
      if (width && i + 1 == widths.size())
        text = width > column + 4 ? cut_to_width(text, width - column) : "";
      const std::size_t used = display_width(text);
      const std::size_t padding = widths[i] - std::min(widths[i], used);
      if (row[i].right) owed += padding;
      if (!text.empty()) {
        out.append(owed, ' ');
        out += styled(text, row[i].style, colour);
        owed = 0;
      }
      owed += (row[i].right ? 0 : padding) + 2;
      column += widths[i] + 2;
    }
    out += '\n';
  }
  return out;
}

}  // namespace ketrew
