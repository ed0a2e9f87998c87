// What the profile's entry says to this backend, beside what all batch backends take:
//
//   - package: yarn
//     options:
//       resource_manager: ["http://rm1:8088", "http://rm2:8088"]   # REST; without it: the yarn command
//       curl_options: [--negotiate, -u, ":"]                        # for it, as they are
//       user: me                        # whose applications these are; default: $HADOOP_USER_NAME,
//                                       # or who one is on the host of the job
//       hadoop_bin: hadoop              # commands, found on PATH where they are no paths
//       yarn_bin: yarn
//       distributed_shell_shell_jar: .../hadoop-yarn-applications-distributedshell-3.3.6.jar
#pragma once

#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace ketrew::yarn {

struct Site {
  std::vector<std::string> resource_managers;  // without a slash at the end
  std::vector<std::string> curl_options;
  std::string user;
  std::string hadoop_bin = "hadoop", yarn_bin = "yarn";
  std::string distributed_shell_jar;

  bool has_rest() const { return !resource_managers.empty(); }
};

// Errors are `invalid` and name the key.
Result<Site> site_from(const Json& options);

}  // namespace ketrew::yarn
