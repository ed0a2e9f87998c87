#include "core/host/process_identity.hpp"

#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/base/text.hpp"

namespace ketrew::host {

Result<std::string> boot_id() {
  static const Result<std::string> id = []() -> Result<std::string> {
    auto text = read_file("/proc/sys/kernel/random/boot_id", 256);
    if (!text) return pass(text.error());
    std::string value(trim(*text));
    if (value.empty()) return fail(ErrorKind::unavailable, "the kernel's boot id is empty");
    return value;
  }();
  return id;
}

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return std::nullopt;
  std::string_view rest = text.substr(name_end + 2);
  ProcessStat stat;
  stat.state = rest[0];
  // After the name: state is field 3, the parent 4, the group 5, the session 6, the start time 22.
  for (int field = 3; !rest.empty(); ++field) {
    const auto end = rest.find_first_of(" \n");
    if (end == std::string_view::npos) return std::nullopt;  // cut: a whole line has more fields
    const std::string_view word = rest.substr(0, end);
    const auto number = [&](auto& into) {
      const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), into);
      return error == std::errc() && stop == word.data() + word.size();
    };
    if (field == 4 && !number(stat.parent)) return std::nullopt;
    if (field == 5 && !number(stat.group)) return std::nullopt;
    if (field == 6 && !number(stat.session)) return std::nullopt;
    if (field == 22) return number(stat.started) ? std::optional(stat) : std::nullopt;
    rest.remove_prefix(end + 1);
  }
  return std::nullopt;
}

Result<ProcessStat> read_process_stat(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("read " + path, errno);
  char buffer[2048];
  const ssize_t size = ::read(fd.get(), buffer, sizeof buffer);
  // A process that ends between open and read gives ESRCH.
  if (size < 0 && errno == ESRCH) return fail(ErrorKind::not_found, path + ": the process ended");
  if (size < 0) return fail_errno("read " + path, errno);
  const auto stat = parse_process_stat({buffer, static_cast<std::size_t>(size)});
  if (!stat) return fail(ErrorKind::corrupt, path + " cannot be understood");
  return *stat;
}

Liveness liveness(const ProcessIdentity& identity) {
  const auto boot = boot_id();
  if (!boot || identity.pid <= 0 || identity.boot.empty()) return Liveness::cannot_tell;
  if (*boot != identity.boot) return Liveness::over;
  const auto stat = read_process_stat(identity.pid);
  if (!stat)
    return stat.error().kind == ErrorKind::not_found ? Liveness::over : Liveness::cannot_tell;
  if (stat->started != identity.started) return Liveness::over;
  return stat->state == 'Z' || stat->state == 'X' ? Liveness::over : Liveness::alive;
}

}  // namespace ketrew::host
