#include "backends/daemonize/supervisor/spawner.hpp"

#include <cerrno>

#include <sys/stat.h>

namespace ketrew::daemonize {

Spawner::Spawner(SlotTable& table, Registry& registry, Outbox& outbox, const PidMap& pids,
                 SpawnSettings settings)
    : table_(table),
      registry_(registry),
      outbox_(outbox),
      pids_(pids),
      settings_(settings),
      thread_([this] { run(); }) {}

Spawner::~Spawner() { stop(); }

void Spawner::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool Spawner::full() {
  const std::lock_guard lock(mutex_);
  filled_ = queue_.size() >= (filled_ ? queue_limit / 2 : queue_limit);
  return filled_;
}

bool Spawner::empty() const {
  const std::lock_guard lock(mutex_);
  return queue_.empty();
}

void Spawner::add(std::unique_ptr<Prepared> prepared) {
  {
    const std::lock_guard lock(mutex_);
    queue_.emplace_back(std::move(prepared));
  }
  changed_.notify_one();
}

void Spawner::add(FindRequest request) {
  {
    const std::lock_guard lock(mutex_);
    queue_.emplace_back(std::move(request));
  }
  changed_.notify_one();
}

// What is left in the queue when it stops was never started; recovery takes it back.
void Spawner::run() {
  for (;;) {
    Item item;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      item = std::move(queue_.front());
      queue_.pop_front();
    }
    if (auto* prepared = std::get_if<std::unique_ptr<Prepared>>(&item)) {
      make(**prepared);
    } else {
      answer(std::get<FindRequest>(item));
    }
  }
}

void Spawner::make(Prepared& prepared) {
  wire::Started started;
  started.token = std::move(prepared.token);
  Slot& slot = table_[prepared.slot];
  const std::string playground = table_.playground(slot);
  Spawned spawned;
  {
    const std::lock_guard lock(spawning_);
    spawned = spawn(prepared, slot, pids_, settings_);
  }
  if (spawned.error != 0) {
    unprepare(playground);
    registry_.release(prepared.slot);
    started.answer = wire::StartAnswer::refused_for_now;
    started.why = std::string("no process can be made: ") + std::strerror(spawned.error);
  } else {
    made_.fetch_add(1);
    made_.notify_one();
    started.answer = wire::StartAnswer::started;
    started.process = spawned.process;
  }
  outbox_.send(prepared.client, started);
}

void Spawner::answer(const FindRequest& request) {
  wire::Found found;
  found.token = request.token;
  {
    const std::lock_guard lock(registry_.mutex());
    if (const auto index = registry_.find(request.token)) {
      const Slot& slot = table_[*index];
      found.answer = wire::FindAnswer::here;
      found.process = {slot.pid.load(), slot.start_ticks.load()};
    }
  }
  if (found.answer != wire::FindAnswer::here) {
    struct stat st {};
    const std::string claim = request.root + "/" + request.token + "/claim";
    if (::lstat(claim.c_str(), &st) == 0) {
      found.answer = wire::FindAnswer::claimed;
      found.why = claim + " exists";
    } else if (errno == ENOENT) {
      found.answer = wire::FindAnswer::absent;
      found.why = "the supervisor does not know it, and there is no " + claim;
    } else {
      found.why = claim + ": " + std::strerror(errno);
    }
  }
  outbox_.send(request.client, found);
}

}  // namespace ketrew::daemonize
