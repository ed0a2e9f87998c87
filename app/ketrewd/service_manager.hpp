// systemd above the daemon, where there is one. Formats: sd_notify(3), sd_watchdog_enabled(3),
// systemd.kill(5), cgroups(7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"

namespace ketrew::daemon {

// Tells systemd (Type=notify) "READY=1", "STOPPING=1", ...; nothing happens without $NOTIFY_SOCKET.
void notify_service_manager(std::string_view state);

// How often "WATCHDOG=1" is to be told, if systemd restarts a daemon that has gone deaf.
std::optional<Milliseconds> watchdog_interval();

// The service that a process is part of, by its /proc/<pid>/cgroup; empty if none.
struct ServiceUnit {
  std::string name;
  bool of_user = false;  // one of the user's own manager
};
ServiceUnit service_unit(std::string_view cgroup);

// What is wrong with the unit for the jobs on this machine, which are in its cgroup: the empty text
// if nothing is, or if that cannot be found out. Asks `systemctl` and waits for it for some seconds.
std::string service_unit_problem(const ServiceUnit& unit);

}  // namespace ketrew::daemon
