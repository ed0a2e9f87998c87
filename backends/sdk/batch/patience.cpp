#include "backends/sdk/batch/patience.hpp"

#include <algorithm>

#include "core/host/shell_functions.hpp"

namespace ketrew::sdk::batch {

Milliseconds Patience::for_one(Milliseconds longest) const {
  return std::clamp(end_ - MonoClock::now(), Milliseconds(0), longest);
}

std::string limit_lines(Milliseconds time) {
  const auto seconds = std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(time).count(), 1);
  return "ketrew_patience=" + std::to_string(seconds) + std::string(host::uptime_function) + R"sh(
ketrew_uptime
ketrew_end=$((ketrew_now + ketrew_patience))
if command -v timeout >/dev/null 2>&1; then
  ketrew_limited() {
    ketrew_uptime
    ketrew_left=$((ketrew_end - ketrew_now))
    [ "$ketrew_left" -ge 1 ] || ketrew_left=1
    timeout -k 5 "$ketrew_left" "$@"
  }
else
  ketrew_limited() { "$@"; }
fi
)sh";
}

}  // namespace ketrew::sdk::batch
