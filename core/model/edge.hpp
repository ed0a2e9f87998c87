// An edge of the graph: what the end of one job means to another. Edges are kept by the jobs'
// numbers, already resolved: a job that is the same as another has none of its own.
#pragma once

#include <cstdint>

#include "core/base/id.hpp"
#include "core/model/state.hpp"

namespace ketrew {

// The number of a job's row, given out in the order of submission: short and cheap to look up.
using JobKey = std::int64_t;

// The numbers are stored in databases: append only, never renumber.
enum class EdgeKind : std::uint8_t {
  needs = 0,   // `source` has to succeed before `target` starts; `target` activates it
  on_success,  // `source` activates `target` when it succeeded,
  on_failure,  // when it failed
  asks,        // `source`, a pointer to `target`, was submitted as asked for
};

struct Edge {
  JobKey source = 0, target = 0;
  EdgeKind kind = EdgeKind::needs;
  auto operator<=>(const Edge&) const = default;
};

// How a job ended, as far as those that hang on it are concerned.
struct JobEnd {
  JobId id;
  State state = State::succeeded;
  bool asked_for = true;  // what ends without anybody having asked for it activates nothing
};

}  // namespace ketrew
