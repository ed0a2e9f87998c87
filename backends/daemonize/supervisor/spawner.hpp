// The thread that makes the children, one after the other.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>

#include "backends/daemonize/supervisor/registry.hpp"
#include "backends/daemonize/supervisor/spawn.hpp"

namespace ketrew::daemonize {

struct FindRequest {
  std::uint64_t client = 0;
  std::string token, root;
};

class Spawner {
 public:
  Spawner(SlotTable& table, Registry& registry, Outbox& outbox, const PidMap& pids,
          SpawnSettings settings);
  ~Spawner();

  static constexpr std::size_t queue_limit = 128;  // three descriptors each
  // True from the limit on until half of that has been worked off: who fills it does so in batches.
  bool full();
  bool empty() const;  // nothing waits for its turn
  void add(std::unique_ptr<Prepared> prepared);
  // Answered in its turn: after every start that was added before it.
  void add(FindRequest request);

  // Counts children made; the reaper waits on it while there are none.
  std::atomic<std::uint32_t>& made() { return made_; }
  // Returns when the child that is being made, if any, is made and its slot is left alone.
  void wait_for_current() { const std::lock_guard lock(spawning_); }
  void stop();

 private:
  using Item = std::variant<std::unique_ptr<Prepared>, FindRequest>;
  void run();
  void make(Prepared& prepared);
  void answer(const FindRequest& request);

  SlotTable& table_;
  Registry& registry_;
  Outbox& outbox_;
  const PidMap& pids_;
  const SpawnSettings settings_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> queue_;
  bool stopping_ = false, filled_ = false;
  std::mutex spawning_;
  std::atomic<std::uint32_t> made_{0};
  std::thread thread_;
};

}  // namespace ketrew::daemonize
