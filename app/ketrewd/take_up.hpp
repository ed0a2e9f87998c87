// What the database had when the daemon started becomes the engine's.
#pragma once

#include <vector>

#include "core/engine/engine.hpp"
#include "core/store/store.hpp"

namespace ketrew::daemon {

// For the log and the announcement.
struct TakenUp {
  std::size_t attached = 0, doubts = 0, waiting = 0;
  std::size_t count() const { return attached + doubts + waiting; }
};

// `jobs`: what the store's `take_unfinished` gave. Its edges and pauses are taken here.
TakenUp take_up(engine::Engine& engine, store::Store& store, std::vector<store::Unfinished> jobs,
                Now now);

}  // namespace ketrew::daemon
