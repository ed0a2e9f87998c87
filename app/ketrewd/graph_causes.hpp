// Why a job waits or came to nothing, as far as the graph tells: along its dependencies to the root. On
// a reader's thread; what is looked at and what is said are bounded.
#pragma once

#include <string>
#include <vector>

#include "core/store/store.hpp"

namespace ketrew::daemon {

struct Cause {
  std::string kind, text;
  Evidence evidence;
};

// Of a job that is blocked, passive, or ended because of others; else nothing.
std::vector<Cause> graph_causes(store::Reader& reader, const JobRecord& record);

}  // namespace ketrew::daemon
