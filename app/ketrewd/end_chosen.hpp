// The ends that users give to jobs: kill and set.
#pragma once

#include <functional>

#include "app/ketrewd/chosen_jobs.hpp"

namespace ketrew::daemon {

// Calls `end` for each chosen job that is not over, and answers when that is on disk:
// {"jobs": [{"id", "state", "already_over", "before" where it was not}, ...]}. On the loop.
void end_chosen(Service& service, ChosenJobs chosen, Responder responder,
                std::function<void(JobKey)> end);

}  // namespace ketrew::daemon
