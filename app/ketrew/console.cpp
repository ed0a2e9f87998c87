#include "app/ketrew/console.hpp"

#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace ketrew::client {

Console Console::standard() {
  Console console;
  console.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  console.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  console.colour = console.out_is_terminal && !(no_colour && *no_colour) &&
                   !(term && std::string_view(term) == "dumb");
  winsize size{};
  if (console.out_is_terminal)
    console.width =
        ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
  return console;
}

void Console::print(std::string_view bytes) { std::fwrite(bytes.data(), 1, bytes.size(), out); }

void Console::json(const Json& document) {
  line(document.dump(out_is_terminal ? 2 : -1, ' ', false, Json::error_handler_t::replace));
}

void Console::complain(std::string_view text) {
  std::fflush(out);
  const std::string line = std::string(text) + "\n";
  std::fwrite(line.data(), 1, line.size(), err);
  std::fflush(err);
}

bool Console::flush() { return std::fflush(out) == 0 && !std::ferror(out); }

}  // namespace ketrew::client
