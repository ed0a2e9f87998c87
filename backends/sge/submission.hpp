// What qsub is told, and what its answer means.
#pragma once

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::sge {

// The `options` of the profile's entry, beside those of every batch backend: how the site calls things.
struct SiteSettings {
  std::string parallel_environment = "smp";  // one whose slots are all on one machine ($pe_slots)
  std::string memory_resource = "h_vmem";    // counted per slot
  std::string gpu_resource = "gpu";
};
Result<SiteSettings> site_settings(const Json& own);

sdk::OptionsSchema job_options();

struct Wanted {
  std::vector<std::string> words;  // of the command line
  std::string shell = "/bin/sh";
};
Result<Wanted> wanted(const Json& options, const SiteSettings& site);

sdk::batch::SubmitAnswer read_submission(const sdk::batch::ShellOutput& output);

}  // namespace ketrew::sge
