// What people can ask about a job.
#pragma once

#include <string>
#include <vector>

#include "backends/daemonize/job_state.hpp"
#include "backends/sdk/requests.hpp"
#include "core/host/host.hpp"

namespace ketrew::daemonize {

std::vector<sdk::QueryDescription> query_descriptions();
Result<sdk::QueryAnswer> ask(const host::Host& host, const std::string& token,
                             const JobState& state, const sdk::QueryRequest& request);

}  // namespace ketrew::daemonize
