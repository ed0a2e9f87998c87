// `bjobs -o "... delimiter='^'"`, which IBM's versions have (9.1 and later): a heading, then a row a
// job with every field between delimiters, "-" for nothing. Source: IBM Spectrum LSF 10.1, "bjobs -o".
// From documentation: no such server was at hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ketrew::lsf {

// The fields asked for, in order. Those of free text come last.
inline constexpr std::string_view asked_fields =
    "jobid stat job_name queue exec_host start_time finish_time exit_code cpu_used max_mem "
    "exit_reason pend_reason suspend_reason delimiter='^'";

struct FieldsJob {
  std::string id, status, name, queue, hosts, started, finished, exit_code, cpu, memory;
  std::string exit_reason, reason;  // of its end; of its waiting or suspension
};

struct FieldsReport {
  bool heading = false;         // it was answered in this format
  std::vector<FieldsJob> jobs;  // rows that have all their fields
};
FieldsReport read_fields(std::string_view text);

}  // namespace ketrew::lsf
