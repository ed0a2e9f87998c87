// Which slot has which token, and what goes out to which connection: what the supervisor's threads
// share. The slots themselves are in the table (slot_table.hpp).
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "backends/daemonize/supervisor/slot_table.hpp"
#include "backends/daemonize/supervisor/wire.hpp"
#include "core/base/file.hpp"

namespace ketrew::daemonize {

// Thread-safe. Whoever holds the mutex knows that no slot is freed and no child of ours is reaped
// meanwhile: a pid in a slot that is `running` means the job.
class Registry {
 public:
  explicit Registry(SlotTable& table);

  // A slot with the step `intent`. `conflict`: the token has one already; `unavailable`: all taken.
  Result<std::uint32_t> allocate(const wire::Start& start, std::uint64_t generation);
  void release(std::uint32_t index);
  std::size_t size() const;

  std::mutex& mutex() const { return mutex_; }
  // With the mutex held:
  std::optional<std::uint32_t> find(std::string_view token) const;
  void release_locked(std::uint32_t index);

 private:
  SlotTable& table_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::uint32_t> by_token_;
  std::vector<std::uint32_t> free_;
};

// Bytes for the connections, from any thread; the server's thread takes them. Thread-safe.
class Outbox {
 public:
  explicit Outbox(int wake_fd) : wake_fd_(wake_fd) {}  // an eventfd, made readable
  template <class Message>
  void send(std::uint64_t client, const Message& message) {
    const std::lock_guard lock(mutex_);
    wire::Writer writer(bytes_[client]);
    write(writer, message);
    wake();
  }
  void broadcast_end(std::string_view token, const wire::End& end);
  void broadcast_lost(std::string_view token);

  struct Taken {
    std::unordered_map<std::uint64_t, std::string> to;
    std::string to_all;
  };
  Taken take();

 private:
  void wake();
  int wake_fd_;
  std::mutex mutex_;
  bool woken_ = false;
  std::unordered_map<std::uint64_t, std::string> bytes_;
  std::string to_all_;
};

}  // namespace ketrew::daemonize
