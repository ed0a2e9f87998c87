// From the profile's `plugins:` to the command lines of backend processes.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "app/ketrewd/launch.hpp"
#include "core/base/error.hpp"
#include "core/profile/profile.hpp"

namespace ketrew::daemon {

// Where things are, relative to the daemon's program: it may be installed anywhere.
struct PluginPlaces {
  std::vector<std::string> packages;  // folders of packages; the first that has a name wins
  std::string host;                   // ketrew-backend-host
  std::string condition_worker;       // ketrew-condition-worker
  uid_t user = 0;                     // of the daemon
  int abi = 1;                        // of the module interface that the host knows
};
// From the environment ($KETREW_PLUGIN_PATH), the program's own place and user. Any thread.
Result<PluginPlaces> plugin_places();

// Of the process that evaluates conditions.
Result<Launch> launch_condition_worker(const PluginPlaces& places);

struct ResolvedPlugin {
  std::string name;       // of the backend, whether or not it can be launched
  std::string where;      // of the entry: "file:line:column"
  Result<Launch> launch;  // else one line: what is wrong with which file
};

// One for each entry, in the profile's order; nothing is executed, and nothing is loaded. Checks
// files, permissions, manifests, requirements and that no two backends have one name. Whether a
// module is one at all, and of the right ABI, is the host's to judge when it starts. Blocks on the
// file system.
std::vector<ResolvedPlugin> resolve_plugins(const std::vector<profile::Plugin>& plugins,
                                            const PluginPlaces& places);

}  // namespace ketrew::daemon
