#include "app/ketrewd/take_up.hpp"

namespace ketrew::daemon {

TakenUp take_up(engine::Engine& engine, store::Store& store, std::vector<store::Unfinished> jobs,
                Now now) {
  TakenUp taken;
  std::vector<engine::Restored> restored;
  restored.reserve(jobs.size());
  for (auto& job : jobs) {
    const Progress& p = job.progress;
    if (p.state == State::starting || (p.state == State::killing && p.backend_state.empty()))
      ++taken.doubts;
    else if (is_held_by_backend(p.state)) ++taken.attached;
    else ++taken.waiting;
    restored.push_back({job.key, job.id, std::move(job.backend), std::move(job.host),
                        std::move(job.retries), job.has_condition, std::move(job.progress),
                        job.timeout, job.equivalence, job.workflow});
  }
  std::vector<engine::Link> links;
  for (auto& edge : store.take_edges()) links.push_back({edge.edge, std::move(edge.ended)});
  for (const Pause& pause : store.take_pauses()) engine.pause(pause);
  engine.add(std::move(restored), links, now);
  return taken;
}

}  // namespace ketrew::daemon
