// What all sources together say of a job that a scheduler's queue no longer has, or has as ended.
// Pure. The order of belief: the job's own exit file; the scheduler's words about failures, classes
// and codes, after a grace; never its word for success without the exit file.
#pragma once

#include <optional>

#include "backends/sdk/batch/look_text.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::sdk::batch {

struct Sources {
  const Row* queue = nullptr;         // an Ended row; none: a healthy queue without it
  const Evidence* absence = nullptr;  // of that queue
  const Look* look = nullptr;         // none: its playground could not be looked into
  std::string look_problem;
  const Row* history = nullptr;
  std::string history_problem;        // asked, and not healthy
  const Evidence* history_evidence = nullptr;
};

struct Verdict {
  Observation observation;
  // It is held back: ask again, and say `grace_over` once this has lasted for the grace.
  bool held = false;
  std::string other_id;  // this submission of the attempt has claimed it: follow that one
};

Verdict judge(const AskedJob& job, const Sources& sources, bool grace_over);

}  // namespace ketrew::sdk::batch
