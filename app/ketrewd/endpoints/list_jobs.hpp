// The parameters of a list of jobs, and the list; shared by GET /v1/jobs and GET /v1/status.
#pragma once

#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {

struct JobQuery {
  store::Selection selection;
  std::vector<std::string> ids;  // ids or prefixes, to be resolved by the reader
  std::string workflow;          // its nodes' newest jobs; empty: any
  bool brief = false;            // of each job its id and state only, and more of them a page
};
Result<JobQuery> job_query_from(const Request& request);
// {"jobs": [...], "next_cursor": TEXT or null}
Result<Json> list_jobs(JobQuery query, store::Reader& reader);

}  // namespace ketrew::daemon
