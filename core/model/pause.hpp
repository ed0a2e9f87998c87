// What starts nothing new: jobs under way go on, and are polled.
#pragma once

#include <cstdint>
#include <string>

#include "core/model/edge.hpp"

namespace ketrew {

// The numbers are stored in databases: append only, never renumber.
enum class PauseKind : std::uint8_t { job = 0, workflow, host, backend };

inline const char* to_string(PauseKind kind) {
  switch (kind) {
    case PauseKind::job: return "job";
    case PauseKind::workflow: return "workflow";
    case PauseKind::host: return "host";
    case PauseKind::backend: break;
  }
  return "backend";
}

struct Pause {
  PauseKind kind = PauseKind::job;
  JobKey key = 0;    // of a job or a workflow
  std::string name;  // of a host (its URI) or a backend
  auto operator<=>(const Pause&) const = default;
};

}  // namespace ketrew
