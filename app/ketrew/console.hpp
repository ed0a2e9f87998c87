// Where a command reads and writes, and what that place can show.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/text.hpp"

namespace ketrew::client {

struct Console {
  FILE* in = stdin;
  FILE* out = stdout;
  FILE* err = stderr;
  bool out_is_terminal = false, err_is_terminal = false;
  bool colour = false;
  std::size_t width = 0;  // columns of `out`; 0: no terminal, do not cut

  // That of this process: NO_COLOR, TERM=dumb and the size of the terminal are looked at.
  static Console standard();

  void print(std::string_view bytes);
  void line(std::string_view text) { print(std::string(text) + "\n"); }
  void json(const Json& document);
  void complain(std::string_view text);  // one line on `err`
  // Whether everything that was printed got there.
  bool flush();
};

}  // namespace ketrew::client
