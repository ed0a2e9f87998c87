#include "app/ketrewd/trust.hpp"

#include <cerrno>
#include <memory>

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/file.hpp"

namespace ketrew::daemon {
namespace {

Result<> judge(const std::string& path, const struct stat& st, uid_t user) {
  const bool directory = S_ISDIR(st.st_mode);
  const std::string what = directory ? "its directory " + path : path;
  if (st.st_uid != 0 && st.st_uid != user)
    return fail(ErrorKind::denied,
                what + " belongs to user " + std::to_string(st.st_uid) +
                    ", neither to root nor to the daemon's user",
                "chown it, or move the file to a place of your own");
  if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !(directory && (st.st_mode & S_ISVTX) != 0))
    return fail(ErrorKind::denied, what + " can be written to by others", "chmod go-w " + path);
  return {};
}

}  // namespace

Result<std::string> trusted_file(const std::string& path, uid_t user) {
  const std::unique_ptr<char, decltype(&::free)> resolved(::realpath(path.c_str(), nullptr),
                                                          &::free);
  if (!resolved) return fail_errno(path, errno);
  std::string file = resolved.get();
  struct stat st {};
  if (::lstat(file.c_str(), &st) != 0) return fail_errno(file, errno);
  if (!S_ISREG(st.st_mode)) return fail(ErrorKind::invalid, file + " is not a regular file");
  if (const auto good = judge(file, st, user); !good) return pass(good.error());
  for (std::string directory = file; directory != "/";) {
    const auto slash = directory.rfind('/');
    directory.resize(slash == 0 ? 1 : slash);
    if (::lstat(directory.c_str(), &st) != 0) return fail_errno(directory, errno);
    if (const auto good = judge(directory, st, user); !good) return fail(good.error(), file);
  }
  return file;
}

Result<std::string> file_fingerprint(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return fail_errno(path, errno);
  const auto content = read_file(path);
  if (!content) return pass(content.error());
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a: against accidents, not against attacks
  for (const char c : *content) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  const std::uint64_t parts[] = {st.st_dev,
                                 st.st_ino,
                                 static_cast<std::uint64_t>(st.st_size),
                                 static_cast<std::uint64_t>(st.st_mtim.tv_sec),
                                 static_cast<std::uint64_t>(st.st_mtim.tv_nsec),
                                 hash};
  std::string text = path;
  for (const auto part : parts) text += ":" + std::to_string(part);
  return text;
}

}  // namespace ketrew::daemon
