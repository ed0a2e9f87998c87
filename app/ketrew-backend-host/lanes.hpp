// The calls that wait for the module, in one lane for each host, or three where the module can serve
// several calls of one host: a slow host holds up only itself, and a poll that hangs no start.
// In a lane, starts wait behind all other calls: a thousand of them must not hide how jobs end, nor
// hold up a kill. Yet one batch of starts gets its turn after every few other calls.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "app/ketrew-backend-host/functions.hpp"
#include "core/base/clock.hpp"

namespace ketrew::backend_host {

struct Task {
  const Method* method = nullptr;
  std::string id;      // JSON text of the request's id
  std::string params;  // JSON text
};

// At most one batch of a lane is being done at a time, each by some worker. With one worker, all
// are done by the same thread. Functions other than `run`'s caller are for one thread.
class Lanes {
 public:
  // `run` gets a batch: one task, or several `batched` ones of the same method. It must not throw.
  using Run = std::function<void(std::vector<Task>)>;

  Lanes(std::size_t most_workers, Run run) : most_workers_(most_workers), run_(std::move(run)) {}
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;
  ~Lanes();

  void add(const std::string& lane, Task task);
  // Tasks that wait and for which `unwanted` is true; they will not be done.
  std::vector<Task> take_out(const std::function<bool(const Task&)>& unwanted);
  // Whether nothing waits or is being done; waits for that at most so long.
  bool wait_idle(Milliseconds longest);

 private:
  struct Lane {
    std::deque<Task> starts, others;
    std::size_t others_in_a_row = 0;  // done while starts waited
    bool busy = false;                // a worker has it, or it is among the ready
    std::deque<Task>& next();
  };
  static constexpr std::size_t most_in_batch = 256;
  static constexpr std::size_t most_in_a_row = 4;

  static std::vector<Task> next_batch(Lane& lane);
  void work();

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::unordered_map<std::string, Lane> lanes_;
  std::deque<Lane*> ready_;
  std::vector<std::thread> workers_;
  std::size_t most_workers_;
  std::size_t waiting_workers_ = 0;
  std::size_t busy_lanes_ = 0;
  bool stopping_ = false;
  Run run_;
};

}  // namespace ketrew::backend_host
