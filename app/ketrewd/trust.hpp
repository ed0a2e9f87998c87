// Which files the daemon executes or loads: those that nobody but root and its user can change.
#pragma once

#include <string>

#include <sys/types.h>

#include "core/base/error.hpp"

namespace ketrew::daemon {

// The path with its symbolic links resolved. Errors: not_found; denied where the file, or a
// directory above it, belongs to neither root nor `user`, or can be written to by its group or by
// others (a directory with the sticky bit, as /tmp, is no danger to what lies in it); invalid where
// it is no regular file. Blocks on the file system.
Result<std::string> trusted_file(const std::string& path, uid_t user);

// Tells one content of a file from another: device, inode, size, time of change, hash.
Result<std::string> file_fingerprint(const std::string& path);

}  // namespace ketrew::daemon
