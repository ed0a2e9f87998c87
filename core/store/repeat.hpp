// Requests that come twice.
#pragma once

#include <optional>
#include <string>

#include "core/store/sqlite.hpp"
#include "core/store/store.hpp"

namespace ketrew::store {

// What the request with this key came to, `conflict` where it was another one; nothing: it is new.
// Throws as every question does.
std::optional<Result<Accepted>> find_repeat(Connection& db, const std::string& idempotency_key,
                                            const std::string& fingerprint);

}  // namespace ketrew::store
