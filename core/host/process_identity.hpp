// Which process a pid meant when it was noted. A pid alone names nobody for long: it is reused
// within minutes on a busy machine, and by everybody after a reboot. Linux: /proc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "core/base/error.hpp"

namespace ketrew::host {

struct ProcessIdentity {
  std::string boot;           // the kernel's random boot id
  pid_t pid = 0;              // 0: not known
  std::uint64_t started = 0;  // clock ticks after boot: field 22 of /proc/PID/stat

  bool operator==(const ProcessIdentity&) const = default;
};

struct ProcessStat {
  char state = '?';  // R, S, D, Z, T, ...
  pid_t parent = 0, group = 0, session = 0;
  std::uint64_t started = 0;
};

// This machine's boot id, read once.
Result<std::string> boot_id();

// Pure. Nothing for a text that is not a whole /proc/PID/stat line; the program's name may hold
// spaces, parentheses and newlines.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// not_found where there is no such process.
Result<ProcessStat> read_process_stat(pid_t pid);

enum class Liveness { alive, over, cannot_tell };

// `over` where the boot, the start time or the absence of the pid proves that the process ended; a
// zombie is over. `cannot_tell` where /proc cannot be read.
Liveness liveness(const ProcessIdentity& identity);

}  // namespace ketrew::host
