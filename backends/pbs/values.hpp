// How PBS writes values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"

namespace ketrew::pbs {

// A whole decimal number, which may be negative.
std::optional<long> to_number(std::string_view text);
// ctime(3) in UTC: "Sun Nov 22 06:25:23 2026".
std::optional<Wall> to_time(std::string_view text);
// "00:10:00" or "86461" seconds.
std::optional<Milliseconds> to_duration(std::string_view text);
// "3500kb", "2gb", "100b".
std::optional<std::int64_t> to_bytes(std::string_view text);
std::string from_duration(Milliseconds value);  // "26:03:00", rounded up to a second
// exec_host as node names, each once: "n1/0*2+n2/0-3" is "n1, n2". At most ten of them.
std::string node_names(std::string_view exec_host);

// "4711", "4711.server", "4711[].server", "4711[3].server".
bool is_job_id(std::string_view text);
// Whether both name one job: a server may be left out, or stand there without its domain.
bool same_job(std::string_view a, std::string_view b);

}  // namespace ketrew::pbs
