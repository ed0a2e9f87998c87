// The bodies of submissions: jobs, and workflows.
#include "app/ketrewd/request_json.hpp"
#include "app/ketrewd/submission.hpp"
#include "core/model/workflow.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ketrew::fuzz {
namespace {

std::string dumped(const JobSpec& spec) { return to_json(spec).dump(); }

// A job is stored as JSON, and read again for years.
void check(const JobSpec& spec) {
  const std::string text = dumped(spec);
  const auto again = job_spec_from_json(Json::parse(text));
  must(again.has_value(), "a job that was taken can be read again");
  must(dumped(*again) == text, "and is the same then");
}

daemon::SubmissionContext context() {
  auto profile = std::make_shared<profile::Profile>();
  profile->default_backend = "daemonize";
  profile->plugins.push_back({});
  profile->plugins.back().name = "daemonize";
  profile->hosts["cluster"] = "ssh://me@login1/scratch";
  static daemon::OptionsCheck options;
  daemon::OptionSchemas schemas;
  schemas.backends["daemonize"] = {true, R"({"type": "object"})", ""};
  return {profile, "/pg", schemas, &options};
}

}  // namespace
}  // namespace ketrew::fuzz

FUZZ_TARGET(api_body) {
  static const auto known = context();
  if (const auto jobs = daemon::parse_submission(std::string(input), known))
    for (std::size_t i = 0; i < jobs->jobs.size() && i < 50; ++i) check(jobs->jobs[i]);
  const auto json = daemon::parse_request_json(input);
  if (!json) return;
  const auto workflow = workflow_from_json(*json);
  if (!workflow) return;
  const std::string text = to_json(*workflow).dump();
  const auto again = workflow_from_json(Json::parse(text));
  must(again.has_value(), "a workflow that was taken can be read again");
  must(to_json(*again).dump() == text, "and is the same then");
}
