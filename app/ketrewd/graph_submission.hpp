// Jobs on their way into the store and to the engine. On the loop, where nothing that takes long is
// done: many jobs are planned by the worker.
#pragma once

#include <functional>

#include "app/ketrewd/graph_plan.hpp"
#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {

// Up to so many jobs are dealt with at once; what has more goes to the worker.
inline constexpr std::size_t few_jobs = 200;

// What an earlier request with this key came to; nothing where it is new. `conflict` where it was
// another one. On a reader's thread.
Result<std::optional<Planted>> repeat_of(store::Reader& reader, const std::string& idempotency_key,
                                         const std::string& fingerprint);

// Stores them in one transaction; then the engine has them, and `done` is called. What edges or
// conditions of one request refer to must not change under it: such requests go one by one.
void plant(Service& service, NewJobs jobs, std::function<void(Result<Planted>)> done);

}  // namespace ketrew::daemon
