#include "app/ketrewd/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/host/command.hpp"

namespace ketrew::daemon {
namespace {

std::optional<std::int64_t> number_in(const char* variable) {
  const char* value = std::getenv(variable);
  const std::string_view text = value ? value : "";
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

void notify_service_manager(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  const std::string_view name = path ? path : "";
  if (name.empty() || name.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, name.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract socket
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (socket)
    ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
             static_cast<const sockaddr*>(static_cast<const void*>(&address)), size);
}

std::optional<Milliseconds> watchdog_interval() {
  const auto microseconds = number_in("WATCHDOG_USEC");
  const auto process = number_in("WATCHDOG_PID");
  if (!microseconds || *microseconds <= 0 || (process && *process != ::getpid())) return std::nullopt;
  return std::max(Milliseconds(1), Milliseconds(*microseconds / 2'000));
}

ServiceUnit service_unit(std::string_view cgroup) {
  for (const auto& line : split(cgroup, '\n')) {
    // 0::/PATH: the unified hierarchy; systemd's own one has a name where that does not exist.
    const bool ours = line.starts_with("0::/") || line.find(":name=systemd:/") != std::string::npos;
    if (!ours || !line.ends_with(".service")) continue;
    const std::string path = line.substr(line.find('/'));
    return {path.substr(path.rfind('/') + 1), path.find("/user@") != path.rfind('/')  &&
                                                  path.find("/user@") != std::string::npos};
  }
  return {};
}

std::string service_unit_problem(const ServiceUnit& unit) {
  if (unit.name.empty()) return "";
  std::vector<std::string> ask{"systemctl"};
  if (unit.of_user) ask.push_back("--user");
  for (const char* word : {"show", "--value", "--property=KillMode"}) ask.push_back(word);
  ask.push_back(unit.name);
  host::CommandLimits limits;
  limits.deadline = Milliseconds(5'000);
  const auto answer = host::run_command(ask, "", limits);
  if (!answer || answer->exit_code != 0) return "";
  const std::string mode(trim(answer->out));
  if (mode != "control-group" && mode != "mixed") return "";
  return "this daemon is part of " + unit.name + ", whose KillMode is " + mode +
         ": systemd kills its jobs on this machine whenever it stops the daemon; say KillMode=process" +
         " (systemctl " + (unit.of_user ? "--user " : "") + "edit " + unit.name + ")";
}

}  // namespace ketrew::daemon
