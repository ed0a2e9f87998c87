// `ketrewd check`: whether the profile is right and its plugins can work here. Starts no job.
#pragma once

#include <string>

namespace ketrew::daemon {

struct CheckOptions {
  std::string home, config, profile;
  bool json = false;
};
// Prints to stdout, problems one line each to stderr. 0: all is well (warnings are no problem); 1.
int run_check(const CheckOptions& options);

}  // namespace ketrew::daemon
