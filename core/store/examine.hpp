// Looking at a database file before anything may change it.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/error.hpp"

namespace ketrew::store {

// Whether a database may be opened: it is absent, empty, or ours, not newer than this program and,
// where it is not larger than `check_limit` bytes, sound through and through. No file is changed or
// left behind. Tells whether the whole was checked.
Result<bool> examine(const std::string& path, std::int64_t check_limit);

// Refuses (`denied`) a directory on a network file system: SQLite's locks are not kept there.
Result<> refuse_network_file_system(const std::string& directory);
// The name of the network file system with this statfs magic number; empty for a local one. FUSE
// tells nothing by its number: `mount_type` ("fuse.sshfs") decides.
std::string network_file_system(std::uint64_t magic, const std::string& mount_type);

}  // namespace ketrew::store
