// What bsub is told, and what its answer means.
#pragma once

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::lsf {

// In the unit of LSF_UNIT_FOR_LIMITS of the site's lsf.conf: what `-M` and `rusage[mem=]` count in.
enum class MemoryUnit {
  kilobytes,       // the default of LSF, and OpenLava: -M in KB, rusage[mem=] in MB
  megabytes,
  gigabytes,
  with_suffix,     // IBM 10.1 and later: "4096MB" is understood whatever the unit is
};

// The `options` of the profile's entry, beside those of every batch backend.
struct SiteSettings {
  MemoryUnit unit = MemoryUnit::kilobytes;
  bool reserve_per_slot = false;  // RESOURCE_RESERVE_PER_SLOT (or _TASK) is Y
};
Result<SiteSettings> site_settings(const Json& own);

sdk::OptionsSchema job_options();

// The words of the command line, without what is the backend's own (name, output, the script).
Result<std::vector<std::string>> option_words(const Json& options, const SiteSettings& site);

sdk::batch::SubmitAnswer read_submission(const sdk::batch::ShellOutput& output);

}  // namespace ketrew::lsf
