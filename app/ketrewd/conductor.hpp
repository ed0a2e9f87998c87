// Drives the engine: takes its steps, has them stored, sends its questions (those that start
// something only once their intent is on disk) and wakes it when something is due. On the loop.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "app/ketrewd/loop.hpp"
#include "core/engine/engine.hpp"
#include "core/store/store.hpp"

namespace ketrew::daemon {

class Conductor {
 public:
  using Send = std::function<void(const engine::Ask&)>;
  using Told = std::function<void(const std::vector<HistoryEntry>&)>;  // committed, in order

  using Evaluate = std::function<void(std::vector<engine::Evaluation>)>;

  Conductor(Loop& loop, engine::Engine& engine, store::Store& store);
  ~Conductor();

  void on_ask(Send send);
  void on_committed(Told told);
  void on_evaluations(Evaluate evaluate);

  // Something changed in the engine: a step is taken at the end of this turn of the loop. Cheap to
  // call for every event: all of a turn become one step.
  void pump();
  // Called on the loop once everything that the engine did up to now is on disk.
  void after_commit(std::function<void()> done);
  // Stores new jobs; on success they are the engine's before `done` is called.
  void submit(store::Submission submission, std::vector<engine::Restored> jobs, std::vector<engine::Link> links,
              std::function<void(Result<store::Accepted>)> done);
  // A pause holds at once, so that nothing slips through, and is taken back where it cannot be
  // stored; a resume holds once it is stored. Requests that cross each other end in the engine as
  // they end in the database. `done` on the loop.
  void set_paused(std::vector<Pause> what, bool on, std::function<void(Result<>)> done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ketrew::daemon
