// File descriptors and whole files. A read has three answers: content, absent (not_found), cannot
// read (any other kind): absence is never guessed from a failure.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/base/error.hpp"

namespace ketrew {

// Owns a file descriptor; closes it. Not thread-safe.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// At most `limit` bytes from the file's beginning.
Result<std::string> read_file(const std::string& path, std::size_t limit = std::size_t{1} << 30);
// All of `bytes`, through short writes and EINTR.
Result<> write_all(int fd, std::string_view bytes);
// Written to a temporary beside it, synced, then renamed: whole or not at all.
Result<> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode = 0600);
// Like mkdir -p; new directories get `mode`.
Result<> make_directories(const std::string& path, mode_t mode = 0700);

// `$VAR`, `${VAR}` and a leading `~` replaced from the environment; an unset variable is an error.
Result<std::string> expand_path(const std::string& path);
std::string path_join(std::string_view directory, std::string_view name);

}  // namespace ketrew
