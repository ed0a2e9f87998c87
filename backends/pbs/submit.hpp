// start: the command, what goes into the script, and what qsub's answer means.
#pragma once

#include "backends/pbs/dialect.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs {

// `known`: the dialect that the profile says, if it does.
Result<sdk::batch::Submission> submission(const sdk::StartRequest& request,
                                          const host::Playground& playground,
                                          std::optional<Dialect> known);

// An id on a line of its own and nothing else is a yes (JobState::own gets the dialect). Refused is
// what the tables below prove; anything else, a banner around an id as well, is in doubt.
sdk::batch::SubmitAnswer read_submission(const host::ShellOutput& output);

// What qsub prints where it has taken nothing, for each dialect.
struct Refusal {
  std::string_view words;  // a part of one of its lines
  bool for_ever;
};
std::optional<Refusal> find_refusal(Dialect dialect, int code, std::string_view text);

}  // namespace ketrew::pbs
