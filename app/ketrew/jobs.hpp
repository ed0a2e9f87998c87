// Asking the daemon for jobs, many at a time.
#pragma once

#include <functional>

#include "app/ketrew/command.hpp"

namespace ketrew::client {

using Parameters = std::vector<std::pair<std::string, std::string>>;  // of GET /v1/jobs

// Asks for the id and state of each, and no more.
inline const Parameters::value_type brief_jobs{"brief", "true"};

using EachJob = std::function<void(Json& job)>;

// Calls `each` for every job, newest first, page by page: at most `limit`, 0: all. Tells whether
// there are more.
Try<bool> list_jobs(Context& context, const Parameters& parameters, std::size_t limit,
                    const EachJob& each);

// Jobs by id or unique prefix, in the order asked, each once. One that does not exist, or that
// could be several, stops with exit code 4. A pointer gives the job that it leads to. `brief`: only what is cheap need be known of each: its
// id and state.
Try<bool> jobs_by_id(Context& context, const std::vector<std::string>& ids, const EachJob& each,
                     bool brief = false);
// In the spelling of ids; exit code 4 for what cannot be one.
Try<std::vector<std::string>> id_prefixes(const std::vector<std::string>& ids);
// The body of a request about these ids or about the jobs for which the filter holds; one of the two.
Try<Json> chosen(const std::vector<std::string>& ids, const std::string& where);
// What became of them, a line each; or the document.
void tell_ends(Context& context, const Json& answer);
Try<Json> job_by_id(Context& context, const std::string& id);

}  // namespace ketrew::client
