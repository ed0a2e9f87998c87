// What the supervisor and its guardian know of the jobs that are not over, in a file that both map.
//
// The file survives a SIGKILL of either or both at any instruction: each step is noted here before
// it is done, and the forked child notes its own pid before it becomes the job. So there is no
// moment at which a job exists and no slot says which one it is.
//
//   free → intent → claimed → spawning → running → exited → free
//
// Who may write: the supervisor, as long as it lives (its threads divide the steps among them); the
// guardian notes the end of jobs that it inherited (`exited`), and tidies up while there is no
// supervisor (recovery.hpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew::daemonize {

enum class Step : std::uint32_t {
  free = 0,
  intent,    // the token is noted; the playground may exist
  claimed,   // the playground's claim is ours; no process yet
  spawning,  // a child may exist; its pid is noted by itself, as its first act
  running,   // the child exists
  exited,    // its wait status is noted; the exit file may exist
};

struct alignas(64) Slot {
  static constexpr std::size_t token_size = 64;

  std::atomic<Step> step;
  std::atomic<std::int32_t> pid;
  std::atomic<std::uint64_t> born_ns;      // CLOCK_BOOTTIME, noted by the child
  std::atomic<std::uint64_t> start_ticks;  // 0: not known
  std::atomic<std::int64_t> started_ms;    // wall clock
  std::atomic<std::int64_t> ended_ms;
  std::atomic<std::int32_t> wait_code;  // si_code and si_status, as waitid gives them
  std::atomic<std::int32_t> wait_status;
  std::atomic<std::int32_t> start_error;  // errno of the child's failed execve or chdir; 0: none
  std::atomic<std::uint32_t> root;
  std::atomic<std::int64_t> kill_at_ms;  // CLOCK_BOOTTIME at which KILL follows TERM; 0: no kill
  std::atomic<std::uint64_t> max_rss_bytes, cpu_ms;
  std::atomic<std::uint32_t> flags;
  std::uint32_t grace_ms;
  std::uint64_t generation;  // of the supervisor that made it
  char token[token_size];

  std::string_view token_text() const;
};

class SlotTable {
 public:
  static constexpr std::uint32_t capacity = 16384;
  static constexpr std::uint32_t root_capacity = 128;
  static constexpr std::size_t root_size = 1024;

  // Opens or makes the file, with all its blocks allocated: a full disk can never hit a write to
  // the mapping. A file of another layout is set aside as FILE.old.
  static Result<SlotTable> open(const std::string& path);

  Slot& operator[](std::uint32_t index) const { return slots_[index]; }
  // Of the boot that the contents are from; "" in a new file.
  std::string boot() const;
  void set_boot(std::string_view boot);
  // Differs for each start of a supervisor on this table.
  std::uint64_t next_generation() const;

  // The number of a folder of playgrounds; `unavailable` where too many are in use at a time,
  // `invalid` where it is too long. Not thread-safe.
  Result<std::uint32_t> root_index(std::string_view root);
  std::string_view root(std::uint32_t index) const;
  std::string playground(const Slot& slot) const;

 private:
  struct Header;
  struct Unmap {
    void operator()(Header* header) const;
  };
  std::unique_ptr<Header, Unmap> header_;
  Slot* slots_ = nullptr;
  char* roots_ = nullptr;
};

}  // namespace ketrew::daemonize
