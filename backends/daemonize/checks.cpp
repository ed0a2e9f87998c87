#include "backends/daemonize/checks.hpp"

#include <cerrno>
#include <cstdlib>

#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/host/process_identity.hpp"

namespace ketrew::daemonize {
namespace {

using sdk::CheckEntry;
using sdk::CheckLevel;

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (const auto& folder : split(path ? path : "/usr/bin:/bin", ':')) {
    const std::string candidate = path_join(folder.empty() ? "." : folder, name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

CheckEntry check_program(const std::string& name, const std::string& use) {
  const std::string path = find_program(name);
  if (path.empty()) return {name, CheckLevel::warning, "not found; needed " + use};
  return {name, CheckLevel::ok, path};
}

CheckEntry check_space(const std::string& home) {
  struct statvfs st {};
  if (::statvfs(home.c_str(), &st) != 0)
    return {"space", CheckLevel::error, home + ": " + std::strerror(errno)};
  const auto free_mib = static_cast<std::uint64_t>(st.f_bavail) * st.f_frsize >> 20;
  const bool few = free_mib < 100 || (st.f_files > 0 && st.f_favail < 10000);
  return {"space", few ? CheckLevel::warning : CheckLevel::ok,
          std::to_string(free_mib) + " MiB and " + std::to_string(st.f_favail) + " files free in " +
              home};
}

CheckEntry check_writable(const std::string& home) {
  const std::string probe = path_join(home, "supervisor/probe");
  const auto made = make_directories(path_join(home, "supervisor"));
  const auto written = made ? write_file_atomically(probe, "probe\n") : made;
  ::unlink(probe.c_str());
  if (!written) return {"home", CheckLevel::error, written.error().text()};
  return {"home", CheckLevel::ok, home + " can be written"};
}

CheckEntry check_cgroup() {
  const auto text = read_file("/proc/self/cgroup", 65536);
  const std::string service = text ? service_in_cgroup(*text) : "";
  if (service.empty()) return {"cgroup", CheckLevel::ok, "no service manager owns our processes"};
  return {"cgroup", CheckLevel::warning,
          "we are part of " + service +
              ": its jobs are killed with it, unless the unit says KillMode=process"};
}

}  // namespace

std::string service_in_cgroup(std::string_view text) {
  for (const auto& line : split(text, '\n')) {
    const auto slash = line.rfind('/');
    if (slash == std::string::npos) continue;
    const std::string unit = line.substr(slash + 1);
    if (unit.size() > 8 && unit.substr(unit.size() - 8) == ".service") return unit;
  }
  return {};
}

// A check starts nothing: where none runs, that is said and no more.
CheckEntry check_supervisor(SupervisorClient& client) {
  if (!client.runs())
    return {"supervisor", CheckLevel::ok, "none runs now; the first job starts it"};
  const auto pids = client.pids();
  if (!pids) return {"supervisor", CheckLevel::error, pids.error().text()};
  return {"supervisor", CheckLevel::ok,
          "process " + std::to_string(pids->supervisor) + ", guardian " +
              std::to_string(pids->guardian)};
}

std::vector<sdk::CheckEntry> run_checks(SupervisorClient& client, const std::string& home) {
  std::vector<CheckEntry> checks;
  checks.push_back(check_writable(home));
  checks.push_back(check_space(home));
  const auto boot = host::boot_id();
  checks.push_back(boot ? CheckEntry{"boot id", CheckLevel::ok, *boot}
                        : CheckEntry{"boot id", CheckLevel::error, boot.error().text()});
  checks.push_back(check_supervisor(client));
  checks.push_back(check_cgroup());
  checks.push_back(check_program("ssh", "for hosts behind ssh"));
  checks.push_back(check_program("bash", "by scripts of detached jobs; sh is used without it"));
  checks.push_back(check_program("setsid", "for `using: nohup-setsid`"));
  checks.push_back(check_program("python3", "for `using: python-daemon`"));
  checks.push_back(check_program("ps", "for the query check-process"));
  return checks;
}

}  // namespace ketrew::daemonize
