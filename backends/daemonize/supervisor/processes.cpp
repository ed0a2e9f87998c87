#include "backends/daemonize/supervisor/processes.hpp"

#include <cerrno>
#include <charconv>
#include <memory>
#include <unordered_map>

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/host/process_identity.hpp"

namespace ketrew::daemonize {
namespace {

constexpr std::size_t no_job = ~std::size_t{0};

struct Seen {
  pid_t pid = 0;
  host::ProcessStat stat;
  std::size_t job = no_job;
};

// The job whose token is in the process's environment. The environment is that of its exec.
std::size_t by_environment(pid_t pid, const std::unordered_map<std::string, std::size_t>& tokens) {
  constexpr std::string_view name = "KETREW_TOKEN=";
  const auto environment = read_file("/proc/" + std::to_string(pid) + "/environ", 4 << 20);
  if (!environment) return no_job;
  std::string_view rest = *environment;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\0'), rest.size());
    const auto variable = rest.substr(0, end);
    if (variable.substr(0, name.size()) == name) {
      const auto it = tokens.find(std::string(variable.substr(name.size())));
      return it == tokens.end() ? no_job : it->second;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return no_job;
}

}  // namespace

Result<std::vector<Member>> members_of(std::span<const JobProcesses> jobs) {
  std::unordered_map<std::string, std::size_t> tokens;
  std::unordered_map<pid_t, std::size_t> sessions;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    tokens.emplace(jobs[i].token, i);
    if (jobs[i].session > 0) sessions.emplace(jobs[i].session, i);
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  if (!proc) return fail_errno("list /proc", errno);
  std::unordered_map<pid_t, Seen> seen;
  while (const dirent* entry = ::readdir(proc.get())) {
    const std::string_view name = entry->d_name;
    Seen process;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process.pid);
    if (error != std::errc() || end != name.data() + name.size() || process.pid == ::getpid())
      continue;
    const auto stat = host::read_process_stat(process.pid);
    if (!stat || stat->parent == 0) continue;
    process.stat = *stat;
    seen.emplace(process.pid, process);
  }
  const uid_t user = ::geteuid();
  for (auto& [pid, process] : seen) {
    const auto session = sessions.find(process.stat.session);
    if (session != sessions.end()) {
      // The number of a session can only be another's if its leader is another.
      const auto leader = seen.find(session->first);
      const std::uint64_t started = jobs[session->second].started;
      const bool reused =
          leader != seen.end() && started != 0 && leader->second.stat.started != started;
      if (!reused) process.job = session->second;
    }
    if (process.job != no_job || process.stat.state == 'Z' || pid == 1) continue;
    struct stat st {};
    const std::string path = "/proc/" + std::to_string(pid);
    if (user != 0 && (::stat(path.c_str(), &st) != 0 || st.st_uid != user)) continue;
    process.job = by_environment(pid, tokens);
  }
  for (bool more = true; more;) {
    more = false;
    for (auto& [pid, process] : seen) {
      if (process.job != no_job) continue;
      const auto parent = seen.find(process.stat.parent);
      if (parent == seen.end() || parent->second.job == no_job) continue;
      process.job = parent->second.job;
      more = true;
    }
  }
  std::vector<Member> members;
  for (const auto& [pid, process] : seen)
    if (process.job != no_job && process.stat.state != 'Z' && process.stat.state != 'X')
      members.push_back({process.job, pid, process.stat.group, process.stat.started});
  return members;
}

bool signal_process(pid_t pid, std::uint64_t started, int signal) {
  const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!handle) return false;
  // The handle means whoever has the pid now; if that is the one we mean, it stays that one.
  const auto stat = host::read_process_stat(pid);
  if (!stat || stat->started != started) return false;
  return ::syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0) == 0;
}

}  // namespace ketrew::daemonize
