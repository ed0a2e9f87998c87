// `submit -f FILE`: a workflow, in one request.
#pragma once

#include "app/ketrew/command.hpp"

namespace ketrew::client {

struct AskedWorkflow {
  std::string file;                 // "-": stdin
  std::vector<std::string> params;  // NAME=VALUE
  std::string key;                  // empty: a random one
  bool dry_run = false, wait = false;
};

Try<Exit> submit_workflow(Context& context, const AskedWorkflow& asked);

}  // namespace ketrew::client
