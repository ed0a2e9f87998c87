// What the backend remembers of one job; the daemon keeps it. Small: there are many.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/text.hpp"
#include "core/host/process_identity.hpp"

namespace ketrew::daemonize {

// How a job was detached (the option `using`).
enum class Using { supervisor, nohup_setsid, python_daemon };
std::string_view to_string(Using value);  // "nohup-setsid"
std::optional<Using> parse_using(std::string_view text);

struct JobState {
  Using mode = Using::supervisor;
  host::ProcessIdentity process;  // as far as it is known
  std::int64_t asked_ms = 0;      // our wall clock at the start; detached jobs only
  std::int64_t starting_ms = 0;   // `starting_timeout`; detached jobs only
  bool no_log_is_ok = false;
  std::int64_t grace_ms = 5000;  // `kill_grace`

  bool operator==(const JobState&) const = default;
};
// {"using": "supervisor", "boot": ..., "pid": ..., "start": ...} and, where not as above, the rest.
void to_json(Json& json, const JobState& state);
void from_json(const Json& json, JobState& state);  // throws nlohmann's exceptions: the SDK catches

}  // namespace ketrew::daemonize
