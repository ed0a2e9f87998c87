// The store's slow work beside the writing: copies, archives, the check of a large file.
#pragma once

#include <atomic>
#include <functional>

#include "core/store/group.hpp"

namespace ketrew::store {

// All run on the chores' thread with its connection `db`, give up soon once `stop` is set, and
// throw nothing.

// A consistent copy as one file (no log beside it); whole or not at all, never over an existing
// file.
Result<> backup_to(Connection& db, const std::string& path, const std::atomic<bool>& stop);

// Runs `work` in a transaction of the writer and waits for it.
using OnWriter = std::function<Result<>(std::function<void(Connection&)> work)>;
// Moves what finished before `time`, chunk by chunk: first it is committed in the archive, then
// removed here. A crash between leaves jobs in both; the next archiving finds that and removes
// them.
Result<std::int64_t> archive_to(Connection& db, const std::string& db_path, const std::string& path,
                                Wall time, const std::optional<filter::Filter>& where,
                                const OnWriter& on_writer,
                                const std::atomic<bool>& stop);

// The whole file. An error is `corrupt`, or `unavailable` when it could not be done.
Result<> check_file(Connection& db, const std::atomic<bool>& stop);

}  // namespace ketrew::store
