// The host's command line.
#pragma once

#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew::backend_host {

struct Arguments {
  std::string module;                 // empty: the last backend that was linked in
  std::vector<std::string> required;  // loaded before it, in this order
  bool describe = false;              // print the descriptor as JSON and leave
  bool help = false;
};

extern const char* const usage;
// `linked_in`: this program has backends of its own and loads none.
Result<Arguments> parse_arguments(int argc, char** argv, bool linked_in);

}  // namespace ketrew::backend_host
