#include "backends/daemonize/supervisor/registry.hpp"

#include <unistd.h>

namespace ketrew::daemonize {

Registry::Registry(SlotTable& table) : table_(table) {
  for (std::uint32_t i = SlotTable::capacity; i-- > 0;) {
    if (table[i].step.load() == Step::free) {
      free_.push_back(i);
    } else {
      by_token_.emplace(table[i].token_text(), i);
    }
  }
}

Result<std::uint32_t> Registry::allocate(const wire::Start& start, std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  if (by_token_.contains(start.token)) return fail(ErrorKind::conflict, "it runs already");
  if (free_.empty())
    return fail(ErrorKind::unavailable,
                std::to_string(SlotTable::capacity) + " jobs run on this machine already");
  const auto root = table_.root_index(start.root);
  if (!root) return pass(root.error());
  const std::uint32_t index = free_.back();
  Slot& slot = table_[index];
  slot.pid.store(0);
  slot.born_ns.store(0);
  slot.start_ticks.store(0);
  slot.started_ms.store(0);
  slot.ended_ms.store(0);
  slot.start_error.store(0);
  slot.kill_at_ms.store(0);
  slot.max_rss_bytes.store(0);
  slot.cpu_ms.store(0);
  slot.flags.store(0);
  slot.root.store(*root);
  slot.grace_ms = start.grace_ms;
  slot.generation = generation;
  std::memset(slot.token, 0, Slot::token_size);
  std::memcpy(slot.token, start.token.data(), std::min(start.token.size(), Slot::token_size));
  by_token_.emplace(start.token, index);
  free_.pop_back();
  slot.step.store(Step::intent);
  return index;
}

void Registry::release(std::uint32_t index) {
  const std::lock_guard lock(mutex_);
  release_locked(index);
}

void Registry::release_locked(std::uint32_t index) {
  by_token_.erase(std::string(table_[index].token_text()));
  table_[index].step.store(Step::free);
  free_.push_back(index);
}

std::size_t Registry::size() const {
  const std::lock_guard lock(mutex_);
  return by_token_.size();
}

std::optional<std::uint32_t> Registry::find(std::string_view token) const {
  const auto it = by_token_.find(std::string(token));
  return it == by_token_.end() ? std::nullopt : std::optional(it->second);
}

void Outbox::wake() {
  if (std::exchange(woken_, true)) return;
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_fd_, &one, sizeof one));
}

void Outbox::broadcast_end(std::string_view token, const wire::End& end) {
  const std::lock_guard lock(mutex_);
  wire::Writer writer(to_all_);
  writer.begin(wire::Kind::ended);
  writer.text(token);
  write(writer, end);
  writer.end();
  wake();
}

void Outbox::broadcast_lost(std::string_view token) {
  const std::lock_guard lock(mutex_);
  wire::Writer writer(to_all_);
  writer.begin(wire::Kind::lost);
  writer.text(token);
  writer.end();
  wake();
}

Outbox::Taken Outbox::take() {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  return {std::exchange(bytes_, {}), std::exchange(to_all_, {})};
}

}  // namespace ketrew::daemonize
