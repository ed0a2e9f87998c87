#include "backends/slurm/refusals.hpp"

#include <array>

#include "core/base/text.hpp"

namespace ketrew::slurm {
namespace {

struct Refusal {
  std::string_view text;
  bool for_ever;
};

// Where one of these stands, the request went out and its answer did not come: the job may have been
// taken. Whatever else was said belongs to tries before, as sbatch asks again by itself when slurmctld
// is busy.
constexpr std::array<std::string_view, 8> doubtful = {
    "Socket timed out",            "(send failure)",              "(receive failure)",
    "(shutdown failure)",          "Zero Bytes were transmitted", "Unexpected message received",
    "Connection reset",            "Resource temporarily unavailable"};

// Texts of slurm_strerror (slurm_errno.c) that answer REQUEST_SUBMIT_BATCH_JOB, and of sbatch itself
// before it asks. "connect failure" is what slurm_send_recv_controller_msg (slurm_protocol_api.c) comes
// back with when it could open no connection; it opens another one only after an answer (standby, rate
// limit, reroute): nothing was sent that might have been taken. Not so "Resource temporarily
// unavailable", which is any EAGAIN.
constexpr std::array<Refusal, 47> refusals = {{
    {"Invalid partition name specified", true},
    {"No partition specified or system default partition", true},
    {"User's group not permitted to use this partition", true},
    {"Requested nodes not in this partition", true},
    {"Requested node configuration is not available", true},
    {"Node count specification invalid", true},
    {"CPU count specification invalid", true},
    {"CPU count per node can not be satisfied", true},
    {"Memory required by task is not available", true},
    {"More processors requested than permitted", true},
    {"Task distribution specification invalid", true},
    {"Task count specification invalid", true},
    {"Invalid account or account/partition combination specified", true},
    {"Invalid qos specification", true},
    {"Invalid feature specification", true},
    {"Invalid wckey specification", true},
    {"Invalid license specification", true},
    {"Invalid mcs_label specified", true},
    {"Invalid --nice value", true},
    {"Invalid core specification", true},
    {"Invalid generic resource (gres) specification", true},
    {"Invalid GRES specification", true},
    {"Requested GRES option unsupported", true},
    {"Invalid Trackable RESource (TRES) specification", true},
    {"Requested time limit is invalid", true},
    {"Time limit specification required", true},
    {"Invalid time-min specification", true},
    {"Access denied to requested reservation", true},
    {"Requested reservation is invalid", true},
    {"Job dependency problem", true},
    {"Invalid user id", true},
    {"Access/permission denied", true},
    {"parameter too long", true},
    {"does not look like a batch script", true},
    {"Invalid node name specified", true},
    {"Invalid job array specification", true},
    {" is not a valid ", true},  // sbatch of its own options: "x" is not a valid node count
    {"Unable to open file", false},
    {"Required partition not available (inactive or drain)", false},
    {"Partition in DOWN state", false},
    {"Requested partition configuration not available now", false},
    {"Requested nodes are busy", false},
    {"Job can not start due to maintenance reservation", false},
    {"Unable to contact slurm controller (connect failure)", false},
    {"auth_g_create", false},  // munged is away: nothing was sent
    {"Could not establish a configuration source", false},
    {"Unable to process configuration file", false},
}};

}  // namespace

std::optional<sdk::Refused> read_refusal(std::string_view err, int exit_code) {
  const std::string why = one_line(trim(err), 400);
  const auto has = [&](std::string_view words) { return err.find(words) != std::string_view::npos; };
  if (exit_code == 0) return std::nullopt;
  for (const auto words : doubtful)
    if (has(words)) return std::nullopt;
  // Over a number of jobs is for now; over a size or time limit stays so. Before the summary a line
  // names the limit.
  if (has("Job violates accounting/QOS policy")) {
    const bool limit_named = has("QOSMax") || has("AssocMax") || has("QOSGrp") || has("AssocGrp");
    return sdk::Refused{limit_named && !has("Submit") && !has("MaxJobs"), why};
  }
  for (const auto& [text, for_ever] : refusals)
    if (has(text)) return sdk::Refused{for_ever, why};
  // sbatch looks at its own command line first.
  if (exit_code == 255 && (has("unrecognized option") || has("invalid option") ||
                           has("requires an argument") || has("sbatch: error: Invalid ") ||
                           has("sbatch: error: invalid ")))
    return sdk::Refused{true, why};
  if (exit_code == 127 && has("sbatch")) return sdk::Refused{false, why};
  return std::nullopt;
}

}  // namespace ketrew::slurm
