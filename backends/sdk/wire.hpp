// Between the texts of the C ABI and the requests of `Backend`: what does not depend on its State.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/sdk/requests.hpp"

namespace ketrew::sdk {

Result<Setup> setup_from(std::string_view text);
std::string describe(const std::string& name, const std::string& version,
                     const Capabilities& capabilities, const Json& schema,
                     const Json& far_schema);

// The parts of an array of requests.
Result<std::vector<std::string_view>> requests_from(std::string_view text);
Result<StartRequest> start_request_from(std::string_view text);
Result<FindRequest> find_request_from(std::string_view text);

struct JobsRequest {
  struct Entry {
    std::string token;
    std::string_view state;  // JSON text, a view into the request
  };
  HostUri host;
  std::vector<Entry> jobs;
};
Result<JobsRequest> jobs_request_from(std::string_view text);

struct JobRequest {
  std::string token;
  HostUri host;
  std::string state;  // JSON text
};
Result<HostUri> inventory_host_from(std::string_view text);
Result<JobRequest> job_request_from(std::string_view text);
struct NamedQuery {
  JobRequest job;
  QueryRequest query;
};
Result<NamedQuery> named_query_from(std::string_view text);

// Whether two JSON texts say the same; quick where they are the same bytes.
bool same_json(std::string_view a, std::string_view b);

// One entry of an answer to `update`; `state` is JSON text, empty where it did not change.
void append_update(std::string& out, std::string_view token, const Observation& observation,
                   std::string_view state);
void append_kill(std::string& out, std::string_view token, KillWord word, std::string_view why);
// {"jobs": [ and ]} are added around entries that a comma ends.
std::string jobs_answer(std::string entries);
// [ and ] around entries that a comma ends.
std::string array_answer(std::string entries);

// The text of the exception that is being handled.
std::string current_exception_text() noexcept;

}  // namespace ketrew::sdk
