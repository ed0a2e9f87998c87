// Which jobs a restart is about: what failed, and what came to nothing because of it. On a reader's
// thread.
#pragma once

#include <string>
#include <vector>

#include "core/store/store.hpp"

namespace ketrew::daemon {

struct Restart {
  // A node of another workflow (or another one of the same) that stands for the old job: it will
  // stand for the new one.
  struct Pointer {
    JobId id;
    JobSpec spec;
    JobKey workflow = 0;
    std::string node;
  };
  struct Job {
    JobRecord old;
    bool active = true;  // to be asked for at once; else by another of these
    // Places in `jobs`,
    std::vector<std::uint32_t> needs, on_success, on_failure;
    // and edges to jobs that are not made anew.
    std::vector<JobId> depends_on, on_success_activate, on_failure_activate;
    std::vector<Pointer> pointers;
  };
  std::vector<Job> jobs;  // in the order of their submission
};

// Just these, with their edges to what their dependencies are now and to what they may still activate.
// `conflict` where one is not over.
Result<Restart> single_restarts(store::Reader& reader, const std::vector<JobKey>& keys);
// The failed ones among these; what they failed because of; all that failed because of either, or
// was never asked for because of it; and, to be activated again, what their success or failure
// activates. Those that succeeded stay as they are: edges to them count as done.
Result<Restart> failed_subgraph(store::Reader& reader, const std::vector<JobKey>& keys);
Result<Restart> failed_workflow(store::Reader& reader, const std::string& id);

}  // namespace ketrew::daemon
