// What `qstat -xml` says, and the lines of `qstat -j` that tell why a job does not start.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ketrew::sge {

struct QstatJob {
  std::string id, name, state, queue;  // queue: "all.q@node1", empty while it waits
  std::string start_time;              // "2026-11-22T06:58:46", in the host's time zone
  std::string slots;
};

struct QstatReport {
  bool whole = false;  // from its beginning to its end
  std::vector<QstatJob> jobs;
};
QstatReport read_qstat(std::string_view text);

// By job: the texts of "error reason" and "scheduling info".
struct Reasons {
  std::string error, scheduling;
};
std::map<std::string, Reasons> read_reasons(std::string_view text);

}  // namespace ketrew::sge
