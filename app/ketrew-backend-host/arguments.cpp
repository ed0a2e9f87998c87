#include "app/ketrew-backend-host/arguments.hpp"

#include <string_view>

namespace ketrew::backend_host {

const char* const usage =
    "ketrew-backend-host --module FILE [--require FILE]... [--describe]\n"
    "\n"
    "Loads one backend module (after the modules that it requires) and speaks the backend\n"
    "protocol for it on standard input and output. With --describe it prints what the module\n"
    "is, as JSON, and leaves. A program with backends linked in takes only --describe.\n"
    "\n"
    "Exit codes: 0 left as asked, 2 usage, 3 the module was refused, 5 internal error.\n";

Result<Arguments> parse_arguments(int argc, char** argv, bool linked_in) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--describe") {
      arguments.describe = true;
    } else if (word == "--help") {
      arguments.help = true;
      return arguments;
    } else if (!linked_in && (word == "--module" || word == "--require") && i + 1 < argc) {
      ++i;
      if (word == "--require")
        arguments.required.emplace_back(argv[i]);
      else if (arguments.module.empty())
        arguments.module = argv[i];
      else
        return fail(ErrorKind::invalid, "--module was given twice");
    } else {
      return fail(ErrorKind::invalid, "cannot use argument '" + std::string(word) + "'",
                  "see --help");
    }
  }
  if (!linked_in && arguments.module.empty())
    return fail(ErrorKind::invalid, "no --module FILE", "see --help");
  return arguments;
}

}  // namespace ketrew::backend_host
