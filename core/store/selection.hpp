// Which jobs a list is about.
#pragma once

#include <vector>

#include "core/store/sqlite.hpp"
#include "core/store/store.hpp"

namespace ketrew::store {

// At most `limit` keys, newest first. Throws SqliteFailure.
//
// The rarest property that was asked for drives: its index gives candidates, newest first, and the
// others are checked on each. So the cost is that of the candidates looked at until the page is
// full.
std::vector<JobKey> select_keys(Connection& db, const Selection& selection);

}  // namespace ketrew::store
