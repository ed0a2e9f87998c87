// The daemon: its parts put together, from the first lock to the last write.
#pragma once

#include <functional>
#include <string>

#include "core/base/error.hpp"

namespace ketrew::daemon {

struct DaemonOptions {
  std::string home;     // absolute
  std::string config;   // the profile's file
  std::string profile;  // its name
  std::string log;      // file; empty: stderr
};

// Serves until it is asked to stop; returns the exit code. `announce` is called once, on success with
// what to tell the user (several lines), on failure with the reason; after a failure nothing runs.
int run_daemon(const DaemonOptions& options, std::function<void(Result<std::string>)> announce);

}  // namespace ketrew::daemon
