#include "app/ketrew-backend-host/lanes.hpp"

#include <algorithm>

namespace ketrew::backend_host {

Lanes::~Lanes() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Lanes::add(const std::string& lane_name, Task task) {
  const std::lock_guard lock(mutex_);
  Lane& lane = lanes_[lane_name];
  (task.method->starts ? lane.starts : lane.others).push_back(std::move(task));
  if (lane.busy) return;
  lane.busy = true;
  ++busy_lanes_;
  ready_.push_back(&lane);
  if (waiting_workers_ < ready_.size() && workers_.size() < most_workers_)
    workers_.emplace_back([this] { work(); });
  else
    wake_.notify_one();
}

std::vector<Task> Lanes::take_out(const std::function<bool(const Task&)>& unwanted) {
  const std::lock_guard lock(mutex_);
  std::vector<Task> out;
  for (auto& [name, lane] : lanes_)
    for (std::deque<Task>* tasks : {&lane.starts, &lane.others}) {
      const auto first = std::stable_partition(tasks->begin(), tasks->end(),
                                               [&](const Task& task) { return !unwanted(task); });
      std::move(first, tasks->end(), std::back_inserter(out));
      tasks->erase(first, tasks->end());
    }
  return out;
}

bool Lanes::wait_idle(Milliseconds longest) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, longest, [this] { return busy_lanes_ == 0; });
}

std::deque<Task>& Lanes::Lane::next() {
  if (starts.empty()) return others;
  if (!others.empty() && others_in_a_row++ < most_in_a_row) return others;
  others_in_a_row = 0;
  return starts;
}

std::vector<Task> Lanes::next_batch(Lane& lane) {
  std::deque<Task>& tasks = lane.next();
  std::vector<Task> batch;
  while (!tasks.empty() && batch.size() < most_in_batch) {
    Task& task = tasks.front();
    if (!batch.empty() &&
        (task.method->shape != Shape::batched || task.method != batch.front().method))
      break;
    batch.push_back(std::move(task));
    tasks.pop_front();
  }
  return batch;
}

void Lanes::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++waiting_workers_;
    wake_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
    --waiting_workers_;
    if (stopping_) return;
    Lane* lane = ready_.front();
    ready_.pop_front();
    if (std::vector<Task> batch = next_batch(*lane); !batch.empty()) {
      lock.unlock();
      run_(std::move(batch));
      lock.lock();
    }
    if (!lane->starts.empty() || !lane->others.empty()) {
      ready_.push_back(lane);  // behind the others: each has its turn
      continue;
    }
    lane->busy = false;
    if (--busy_lanes_ == 0) idle_.notify_all();
  }
}

}  // namespace ketrew::backend_host
