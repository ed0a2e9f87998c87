// For schedulers that run a job again under its id and do not tell the script how often they did:
// the script counts by its own claims, whose `mark` is the scheduler's id. The first run of one job
// is restart 0, the next 1; another submission of the same attempt is restart 0 too, and loses.
#pragma once

#include <string>
#include <string_view>

namespace ketrew::sdk::batch {

// A line for Submission::directives; defines what `run_count` calls.
extern const std::string_view run_count_directive;
// For Submission::restart_count, where `own_id` is the same word as in Submission::own_id.
std::string run_count(std::string_view own_id);

}  // namespace ketrew::sdk::batch
