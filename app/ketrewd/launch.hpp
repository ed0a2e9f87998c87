// How to start one backend: what a plugin entry of the profile came to.
#pragma once

#include <string>
#include <vector>

#include "core/base/text.hpp"

namespace ketrew::daemon {

struct Launch {
  std::string name;               // of the backend, in the profile
  std::vector<std::string> argv;  // the program that speaks the protocol
  Json options = Json::object();  // for `initialize`
  std::string file;               // the module or program, for messages
  std::string fingerprint;        // differs when a file or the options changed
};

}  // namespace ketrew::daemon
