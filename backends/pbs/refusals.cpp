// The words and exit codes with which a qsub says that it has taken nothing.
#include <algorithm>
#include <array>
#include <span>

#include "backends/pbs/submit.hpp"

namespace ketrew::pbs {
namespace {

// Found before the server was asked for anything: in each dialect.
constexpr std::array<Refusal, 14> own_words = {{
    {"illegal -", true},
    {"usage: qsub", true},
    {"Usage:", true},
    {"invalid option", true},
    {"Unknown option", true},
    {"Job name is too long", true},
    {"conflicting options", true},
    {"script file:", true},
    {"script not a file", true},
    {"cannot send environment with the job", true},
    {"Cannot be used with select or place", true},
    {"Invalid time limit specified", true},
    {"cannot connect to server", false},
    {"Couldn't connect to", false},
}};

// pbs_error.h of OpenPBS 23.06: qsub exits with the number modulo 256, and the server has answered.
struct Number {
  int error;
  bool for_ever;
};
constexpr std::array<Number, 42> openpbs_numbers = {{
    {15002, true},   // undefined attribute
    {15003, true},   // read-only attribute
    {15004, true},   // invalid request
    {15007, true},   // no permission
    {15008, false},  // access from this host is not allowed
    {15014, true},   // bad attribute value
    {15018, true},   // unknown queue
    {15019, false},  // invalid credential
    {15020, false},  // expired credential
    {15021, false},  // queue not enabled
    {15022, true},   // no access to the queue
    {15023, true},   // bad user
    {15029, true},   // not supported
    {15032, true},   // bad attribute list
    {15033, false},  // no free connections
    {15034, false},  // no server to connect to
    {15035, true},   // unknown resource
    {15036, true},   // over the limits of queue or server
    {15037, true},   // no default queue
    {15039, true},   // rejected by all destinations of a routing queue
    {15042, true},   // the script cannot be read
    {15044, false},  // resources temporarily unavailable
    {15045, true},   // bad group
    {15046, false},  // the most jobs are in the queue
    {15049, true},   // bad account
    {15054, true},   // bad dependency
    {15055, true},   // a double entry
    {15060, false},  // the server is shutting down
    {15068, true},   // exclude each other
    {15089, true},   // bad nodes
    {15090, false},  // licences
    {15098, false},  // licences
    {15108, true},   // bad resource in select
    {15109, true},   // bad resource of the job
    {15110, true},   // nodes with select
    {15111, true},   // place without select
    {15116, true},   // a resource twice
    {15117, false},  // too many connections
    {15121, false},  // the licence server is down
    {15142, false},  // over a limit of jobs
    {15143, false},  // over a limit of resources in use
    {15144, true},   // a value out of its range
}};
// Words of a site's hook, or that the script is too large.
constexpr std::array<Number, 3> openpbs_more_numbers = {{
    {15136, true},  // hook
    {15169, true},  // hook
    {15175, true},  // script too large
}};

// PBS Pro and Torque: the text of these errors, whatever number the version has for it.
constexpr std::array<Refusal, 22> server_words = {{
    {"Unknown queue", true},
    {"Unknown resource", true},
    {"Illegal attribute or resource value", true},
    {"Job violates queue and/or server resource limits", true},
    {"Job exceeds queue resource limits", true},
    {"Unauthorized Request", true},
    {"Access to queue is denied", true},
    {"Bad UID for job execution", true},
    {"Bad GID for job execution", true},
    {"Invalid Account", true},
    {"No default queue specified", true},
    {"cannot locate feasible nodes", true},
    {"Undefined attribute", true},
    {"Queue is not enabled", false},
    {"Maximum number of jobs already in queue", false},
    {"would exceed", false},
    {"Resource temporarily unavailable", false},
    {"Server shutting down", false},
    {"server is currently too busy", false},
    {"Server is currently too busy", false},
    {"No free connections", false},
    {"Invalid credential", false},
}};

// sbatch(1) of Slurm 22.05, as its wrapper repeats it. A time-out is not among them: such a job may
// well be there.
constexpr std::array<Refusal, 26> slurm_words = {{
    {"Invalid partition name specified", true},
    {"Invalid account or account/partition combination specified", true},
    {"Invalid qos specification", true},
    {"Invalid wckey specification", true},
    {"Requested node configuration is not available", true},
    {"Requested time limit is invalid", true},
    {"Node count specification invalid", true},
    {"More processors requested than permitted", true},
    {"Invalid feature specification", true},
    {"Invalid generic resource (gres) specification", true},
    {"Invalid node name specified", true},
    {"Memory required by task is not available", true},
    {"User's group not permitted to use this partition", true},
    {"Access/permission denied", true},
    {"Unable to open file", true},
    {"This does not look like a batch script", true},
    {"Batch script is empty", true},
    {"invalid option", true},
    {"unrecognized option", true},
    {"Job violates accounting/QOS policy", false},
    {"Required partition not available", false},
    {"Requested partition configuration not available now", false},
    {"Required node not available", false},
    {"Job submission disabled", false},
    {"Resource limits are too high at the moment", false},
    {"Unable to contact slurm controller (connect failure)", false},
}};

std::optional<Refusal> among(std::span<const Refusal> table, std::string_view text) {
  for (const Refusal& entry : table)
    if (text.find(entry.words) != std::string_view::npos) return entry;
  return std::nullopt;
}

std::optional<Refusal> numbered(std::span<const Number> table, int code) {
  for (const Number& entry : table)
    if (entry.error % 256 == code) return Refusal{"", entry.for_ever};
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> find_refusal(Dialect dialect, int code, std::string_view text) {
  if (code == 0 || code == 124 || code == 137) return std::nullopt;
  if (code == 126 || code == 127) return Refusal{"", false};  // the shell has no such command
  if (dialect == Dialect::slurm) {
    // A time-out beside them makes all of it doubtful.
    if (text.find("timed out") != std::string_view::npos) return std::nullopt;
    if (const auto found = among(slurm_words, text)) return found;
  } else if (const auto found = among(server_words, text)) {
    return found;
  }
  if (const auto found = among(own_words, text)) return found;
  if (dialect != Dialect::openpbs || text.find("qsub: ") == std::string_view::npos)
    return std::nullopt;
  if (const auto found = numbered(openpbs_numbers, code)) return found;
  return numbered(openpbs_more_numbers, code);
}

}  // namespace ketrew::pbs
