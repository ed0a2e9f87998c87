// Whether jobs can be started on this machine, and what would end them with us.
#pragma once

#include <string>
#include <vector>

#include "backends/daemonize/supervisor/client.hpp"
#include "backends/sdk/requests.hpp"

namespace ketrew::daemonize {

std::vector<sdk::CheckEntry> run_checks(SupervisorClient& client, const std::string& home);

// Pure: the service in a text of /proc/self/cgroup that a service manager would stop with us; "".
std::string service_in_cgroup(std::string_view text);

}  // namespace ketrew::daemonize
