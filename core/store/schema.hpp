// The tables, and how older databases become like them.
#pragma once

#include <cstdint>

#include "core/store/sqlite.hpp"

namespace ketrew::store {

// In the file's header, so that `file` and we know whose database it is: "Ketr".
inline constexpr std::int64_t application_id = 0x4b657472;

// The version that this program writes: the number of steps.
int schema_version();
// Runs the steps that are missing, each in a transaction of its own. Throws SqliteFailure.
void migrate(Connection& db);

}  // namespace ketrew::store
