#include "core/store/lock.hpp"

#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "core/base/clock.hpp"
#include "core/base/text.hpp"

namespace ketrew::store {
namespace {

std::string lock_path(const std::string& home) { return path_join(home, "lock"); }

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string owner_text() {
  char host[256] = "?";
  ::gethostname(host, sizeof host - 1);
  return "pid " + std::to_string(::getpid()) + " on " + host + "\n";
}

// What the file says; the owner may not have written it yet.
std::string owner_in(int fd) {
  char buffer[512];
  const ssize_t n = ::pread(fd, buffer, sizeof buffer, 0);
  return n > 0 ? one_line(std::string_view(buffer, static_cast<std::size_t>(n)), 300)
               : std::string();
}

int owner_pid(const std::string& owner) {
  int pid = 0;
  if (owner.rfind("pid ", 0) == 0)
    std::from_chars(owner.data() + 4, owner.data() + owner.size(), pid);
  return pid;
}

// A daemon that was killed holds its lock until the kernel has taken it apart, and a child that it
// was about to execute until that has happened. So the lock of a process that is gone is waited
// for, and that of one that seems to live a moment longer than it needs to show that it is dying.
Milliseconds patience_with(const std::string& owner) {
  const int pid = owner_pid(owner);
  const bool gone = pid > 0 && ::access(("/proc/" + std::to_string(pid)).c_str(), F_OK) != 0;
  return gone ? Milliseconds(10'000) : Milliseconds(500);
}

Result<> check_home(const std::string& home) {
  struct stat st {};
  if (::stat(home.c_str(), &st) != 0) return fail_errno("look at " + home, errno);
  if (!S_ISDIR(st.st_mode)) return fail(ErrorKind::invalid, home + " is not a folder");
  if (st.st_uid != ::geteuid())
    return fail(
        ErrorKind::denied,
        "the home " + home + " belongs to another user (uid " + std::to_string(st.st_uid) + ")",
        "set KETREW_HOME to a folder of your own");
  if (st.st_mode & (S_IWGRP | S_IWOTH))
    return fail(ErrorKind::denied, "others may write to the home " + home,
                "run: chmod go-w " + shell_quote(home));
  return {};
}

// Somebody may have removed the file between our opening and our locking it: then another process
// locks another file of this name.
bool is_still_there(int fd, const std::string& path) {
  struct stat ours {
  }, there{};
  return ::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

}  // namespace

Result<HomeLock> HomeLock::take(const std::string& home) {
  if (auto made = make_directories(home); !made) return pass(made.error());
  if (auto good = check_home(home); !good) return pass(good.error());
  const std::string path = lock_path(home);
  const Mono begin = MonoClock::now();
  for (int removals = 0; removals < 10;) {
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600));
    if (!fd) return fail_errno("open " + path, errno);
    auto lock = whole_file(F_WRLCK);
    if (::fcntl(fd.get(), F_OFD_SETLK, &lock) != 0) {
      if (errno != EAGAIN && errno != EACCES) return fail_errno("lock " + path, errno);
      const std::string owner = owner_in(fd.get());
      if (MonoClock::now() - begin < patience_with(owner)) {
        std::this_thread::sleep_for(Milliseconds(10));
        continue;
      }
      return fail(ErrorKind::conflict,
                  "another daemon has the home " + home + ": " +
                      (owner.empty() ? "another process" : owner),
                  "stop it first, or use another home");
    }
    if (!is_still_there(fd.get(), path)) {
      ++removals;
      continue;
    }
    // For people only: a full disk is no reason not to own the home.
    const std::string text = owner_text();
    if (::pwrite(fd.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()))
      static_cast<void>(::ftruncate(fd.get(), static_cast<off_t>(text.size())) == 0);
    return HomeLock(std::move(fd));
  }
  return fail(ErrorKind::unavailable, "the lock file " + path + " keeps being removed");
}

Result<int> HomeLock::holder(const std::string& home) {
  const std::string path = lock_path(home);
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY));
  if (!fd && errno == ENOENT) return 0;
  if (!fd) return fail_errno("open " + path, errno);
  auto lock = whole_file(F_WRLCK);
  if (::fcntl(fd.get(), F_OFD_GETLK, &lock) != 0)
    return fail_errno("ask for the lock " + path, errno);
  if (lock.l_type == F_UNLCK) return 0;
  if (const int pid = owner_pid(owner_in(fd.get())); pid > 0) return pid;
  return fail(ErrorKind::unavailable, "somebody holds " + path + ", and it does not say who");
}

}  // namespace ketrew::store
