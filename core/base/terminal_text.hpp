// Text for people on a terminal: nothing that others wrote may steer it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"

namespace ketrew {

// What is not plain text is written as an escape: "\n", "\x1b", bytes that are not UTF-8 as "\xff",
// and the characters that steer terminals or turn the direction of text as "\u202e".
std::string escape_for_terminal(std::string_view bytes);

// Columns that text takes on a terminal: wide East Asian characters and emoji take two, combining
// marks none. For text without control characters.
std::size_t display_width(std::string_view text);
// Cut to at most `width` columns, the last one "…" where something was cut.
std::string cut_to_width(std::string_view text, std::size_t width);

// "just now", "3m ago", "2d ago"; "in 5m" for what is to come.
std::string format_ago(Wall then, Wall now);

struct Cell {
  std::string text;        // without control characters
  std::string style = {};  // an SGR code such as "31", or empty
  bool right = false;      // aligned to the right
};
// Aligned columns with two spaces between them, no space at the end of a line. With `width` the
// last column is cut to fit; 0: never cut. `colour` off leaves the styles out.
std::string render_table(const std::vector<std::vector<Cell>>& rows, std::size_t width,
                         bool colour);
std::string styled(std::string_view text, std::string_view style, bool colour);

}  // namespace ketrew
