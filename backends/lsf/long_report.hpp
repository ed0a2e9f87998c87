// The long reports of `bjobs -l` and `bhist -l`, which both break their lines at column 79, in the
// middle of a word and sometimes losing a blank: what counts is read without regard to white space.
//
//   Job <102>, Job Name <long>, User <bench>, Project <default>, Status <RUN>, Queu
//                        e <normal>, Command <...>
//   Sun Nov 22 06:34:36: Submitted from host <vm>, CWD <$HOME/lsf>, ...
//
//    RUNLIMIT
//    10.0 min of vm
//    PENDING REASONS:
//    Job slot limit reached: 1 host;
//
//    SCHEDULING PARAMETERS: ...  (bjobs)      Summary of time in seconds spent ...  (bhist)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"

namespace ketrew::lsf {

struct LongEvent {
  std::string time;  // "Sun Nov 22 06:34:36"
  std::string text;  // without any white space: "Exitedwithexitcode3.TheCPUtimeusedis0.0seconds."
};

struct LongJob {
  std::string id, name, status, queue;  // `status` is empty in `bhist`
  std::vector<LongEvent> events;
  std::string reasons;  // of its waiting or suspension, one line
  std::optional<double> run_limit_minutes;
  std::optional<std::int64_t> run_seconds;  // in state RUN; `bhist`
  bool whole = false;  // its last line was seen; what is not whole proves nothing
};

std::vector<LongJob> read_long(std::string_view text);

// "Sun Nov 22 06:34:36", or "Nov 22 06:34" with more after it, in UTC and without a year: the first
// such time that is not more than a day before `after`. Nothing where it is no time, or `after` is
// not known (0).
std::optional<Wall> lsf_time(std::string_view text, Wall after);

}  // namespace ketrew::lsf
