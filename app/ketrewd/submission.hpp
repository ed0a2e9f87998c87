// From the body of a submission to jobs that can be stored. Pure but for the checks it is given: it
// may run on another thread than the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/model/job.hpp"
#include "core/profile/profile.hpp"

namespace ketrew::daemon {

struct SubmissionContext {
  std::shared_ptr<const profile::Profile> profile;
  std::string default_host;
};

// The jobs of `{...}`, `{"jobs": [...]}` or `{"job": {...}, "each": [...]}`, with backend and host
// filled in. Options are not checked yet. `to_check` is how many of the first jobs differ in more
// than $KETREW_ENTRY: the options of these are to be checked.
struct ParsedSubmission {
  std::vector<JobSpec> jobs;
  std::size_t to_check = 0;
  bool each = false;
};
Result<ParsedSubmission> parse_submission(const std::string& body, const SubmissionContext& context);

// A name of the profile's, a folder of this machine or a host URI, as a URI. Empty: the default.
Result<std::string> resolve_host(const std::string& host, const SubmissionContext& context);

// The spec with backend and host as the profile has them; refuses what cannot work.
Result<> complete_spec(JobSpec& spec, const SubmissionContext& context);

// A digest of a request, the same on every machine and for ever.
std::string fingerprint_of(const std::string& bytes);

}  // namespace ketrew::daemon
