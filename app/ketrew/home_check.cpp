#include "app/ketrew/home_check.hpp"

#include <cerrno>
#include <cstring>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/base/attempt.hpp"
#include "core/profile/find.hpp"

namespace ketrew::client {
namespace {

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Directory open_folder(const std::string& path) { return {::opendir(path.c_str()), ::closedir}; }

// Whether a daemon lives: it holds the lock for life. The file's being there means nothing.
bool is_locked(const std::string& home) {
  const Fd fd(::open(path_join(home, "lock").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(fd.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool is_stale_socket(const std::string& path) {
  struct stat seen {};
  sockaddr_un address{};
  if (::lstat(path.c_str(), &seen) != 0 || !S_ISSOCK(seen.st_mode) ||
      path.size() >= sizeof address.sun_path)
    return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return fd && ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

std::string mode_text(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

void check_rights(const std::string& path, const struct stat& seen, std::vector<HomeTrouble>& all) {
  if (seen.st_uid != ::geteuid() && ::geteuid() != 0)
    all.push_back({path + " belongs to another user", "chown it, or set KETREW_HOME", ""});
  if (seen.st_mode & 0077)
    all.push_back({path + " has mode " + mode_text(seen.st_mode) + ": others may look into it or write",
                   "chmod go= " + path, ""});
}

}  // namespace

std::vector<HomeTrouble> check_home(const std::string& home, bool daemon_answers) {
  std::vector<HomeTrouble> all;
  struct stat seen {};
  if (::stat(home.c_str(), &seen) != 0) {
    // Without one nothing was ever started here.
    if (errno != ENOENT) all.push_back({home + " cannot be looked at: " + std::strerror(errno), "", ""});
    return all;
  }
  if (!S_ISDIR(seen.st_mode)) {
    all.push_back({home + " is no folder", "set KETREW_HOME to one", ""});
    return all;
  }
  check_rights(home, seen, all);
  if (::access(home.c_str(), W_OK | X_OK) != 0)
    all.push_back({home + " cannot be written: " + std::strerror(errno), "", ""});
  for (const char* name : {"ketrew.db", "ketrew.db-wal", "archive.db"}) {
    const std::string path = path_join(home, name);
    if (::stat(path.c_str(), &seen) == 0) check_rights(path, seen, all);
  }
  if (daemon_answers) return all;
  const std::string socket = profile::socket_path(home);
  if (is_locked(home)) {
    all.push_back({"a daemon holds " + home + "/lock and does not answer on " + socket,
                   "it may be starting or hang: look at " + home + "/ketrewd.log", ""});
    return all;
  }
  if (is_stale_socket(socket))
    all.push_back({socket + " is there, and nobody serves it", "remove it (so does `ketrewd start`)", socket});
  if (const auto folder = open_folder(home))
    while (const dirent* entry = ::readdir(folder.get())) {
      const std::string_view name = entry->d_name;
      if (name.find(".tmp.") != std::string_view::npos)
        all.push_back({path_join(home, name) + " was never finished", "remove it", path_join(home, name)});
    }
  return all;
}

Result<std::size_t> count_playgrounds(const std::string& home) {
  const std::string path = path_join(home, "playground");
  const auto folder = open_folder(path);
  if (!folder) {
    if (errno == ENOENT) return std::size_t{0};
    return fail_errno("open " + path, errno);
  }
  std::size_t count = 0;
  while (const dirent* entry = ::readdir(folder.get()))
    if (parse_attempt_token(entry->d_name)) ++count;
  return count;
}

}  // namespace ketrew::client
