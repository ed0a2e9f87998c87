// Which jobs a request is about: by ids, or by a filter.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {

struct ChosenJobs {
  std::vector<std::string> ids;  // or prefixes; empty: by `where`
  std::optional<filter::Filter> where;
  Wall now{};
};

// The id of the path; else {"ids": [ID, ...]} or {"where": FILTER}, of the body. Other members of the
// body are the caller's business.
Result<ChosenJobs> chosen_jobs_from(const Request& request);

// In the order of the ids, or of submission. A filter chooses among the jobs in these states.
Result<std::vector<JobKey>> keys_of(store::Reader& reader, const ChosenJobs& chosen,
                                    std::vector<State> states);

std::vector<State> unfinished_states();
std::vector<State> final_states();
std::vector<State> failed_states();

}  // namespace ketrew::daemon
