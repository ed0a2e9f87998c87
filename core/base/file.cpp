#include "core/base/file.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace ketrew {

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return fail_errno("read " + path, errno);
  std::string content;
  char buffer[65536];
  while (content.size() < limit) {
    const ssize_t n = ::read(fd.get(), buffer, std::min(sizeof buffer, limit - content.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("read " + path, errno);
    if (n == 0) break;
    content.append(buffer, static_cast<std::size_t>(n));
  }
  return content;
}

Result<> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode) {
  static std::atomic<unsigned> counter{0};
  const std::string temporary =
      path + ".tmp." + std::to_string(::getpid()) + "." + std::to_string(counter++);
  Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return fail_errno("create " + temporary, errno);
  const auto give_up = [&](const std::string& doing, int error) {
    ::unlink(temporary.c_str());
    return fail_errno(doing, error);
  };
  if (const auto written = write_all(fd.get(), bytes); !written) {
    ::unlink(temporary.c_str());
    return fail(written.error(), temporary);
  }
  if (::fsync(fd.get()) != 0) return give_up("sync " + temporary, errno);
  fd.reset();
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up("rename to " + path, errno);
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (const Fd dir(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); dir)
    ::fsync(dir.get());
  return {};
}

Result<> make_directories(const std::string& path, mode_t mode) {
  if (path.empty()) return fail(ErrorKind::invalid, "make directory: empty path");
  for (std::size_t at = 1; at != std::string::npos;) {
    at = path.find('/', at);
    const std::string part = path.substr(0, at);
    if (at != std::string::npos) ++at;
    if (::mkdir(part.c_str(), mode) == 0 || errno == EEXIST) continue;
    const int error = errno;
    struct stat st {};
    if (::stat(part.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) continue;
    return fail_errno("make directory " + part, error);
  }
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return fail_errno("make directory " + path, errno);
  if (!S_ISDIR(st.st_mode)) return fail_errno("make directory " + path, ENOTDIR);
  return {};
}

Result<std::string> expand_path(const std::string& path) {
  std::string out;
  std::size_t i = 0;
  if (!path.empty() && path[0] == '~' && (path.size() == 1 || path[1] == '/')) {
    const char* home = std::getenv("HOME");
    if (!home || !*home) {
      const passwd* user = ::getpwuid(::getuid());
      home = user ? user->pw_dir : nullptr;
    }
    if (!home) return fail(ErrorKind::invalid, "'~' in " + path + ": no home directory is known");
    out = home;
    i = 1;
  }
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  while (i < path.size()) {
    if (path[i] != '$') {
      out += path[i++];
      continue;
    }
    std::size_t begin = i + 1, end = begin;
    const bool braces = begin < path.size() && path[begin] == '{';
    if (braces) end = ++begin;
    while (end < path.size() && word(path[end])) ++end;
    const std::string name = path.substr(begin, end - begin);
    if (name.empty() || (braces && (end >= path.size() || path[end] != '}')))
      return fail(ErrorKind::invalid, "a '$' that names no variable in " + path);
    const char* value = std::getenv(name.c_str());
    if (!value) return fail(ErrorKind::invalid, "$" + name + " in " + path + " is not set");
    out += value;
    i = end + (braces ? 1 : 0);
  }
  return out;
}

std::string path_join(std::string_view directory, std::string_view name) {
  std::string out(directory);
  if (!out.empty() && out.back() != '/') out += '/';
  return out += name;
}

}  // namespace ketrew
