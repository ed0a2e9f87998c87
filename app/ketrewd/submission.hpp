// From the body of a submission to jobs that can be stored. Pure but for the checks it is given: it
// may run on another thread than the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "app/ketrewd/options_check.hpp"
#include "core/model/job.hpp"
#include "core/profile/profile.hpp"

namespace ketrew::daemon {

struct SubmissionContext {
  std::shared_ptr<const profile::Profile> profile;
  std::string default_host;
  OptionSchemas schemas;
  OptionsCheck* options;  // not owned
};

// The jobs of `{...}`, `{"jobs": [...]}` or `{"job": {...}, "each": [...]}`, complete.
struct ParsedSubmission {
  std::vector<JobSpec> jobs;
  bool each = false;
};
Result<ParsedSubmission> parse_submission(const std::string& body, const SubmissionContext& context);

// A name of the profile's, a folder of this machine or a host URI, as a URI. Empty: the default.
Result<std::string> resolve_host(const std::string& host, const SubmissionContext& context);

// Of one request: what many jobs have in common is checked once.
class SpecCheck {
 public:
  // What is wrong, and with what: a JSON pointer into the job (RFC 6901), or nothing.
  struct Refusal {
    Error error;
    std::string pointer;
  };

  explicit SpecCheck(const SubmissionContext& context) : context_(context) {}
  // The spec with backend and host as the profile has them; refuses what cannot work.
  std::optional<Refusal> complete(JobSpec& spec);

 private:
  const SubmissionContext& context_;
  std::unordered_set<std::string> good_;  // options that have been checked
};

// A digest of a request, the same on every machine and for ever.
std::string fingerprint_of(const std::string& bytes);

}  // namespace ketrew::daemon
