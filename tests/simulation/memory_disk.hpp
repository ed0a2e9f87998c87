// A disk in memory that fails as real ones do, as SQLite's file layer. It becomes the default layer
// of the process, so that the store over it needs to know nothing of it. One thread; one at a time.
//
// A file has what a process reads (all writes), and what is on the platter: as of the last sync, and
// sector by sector whatever else a power failure happens to leave.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/dice.hpp"

namespace ketrew::simulation {

class MemoryDisk {
 public:
  static constexpr std::size_t sector = 512;  // bytes; written whole or not at all
  static constexpr std::size_t shm_region = 32 << 10;
  static constexpr int shm_locks = 8;

  struct Handle;
  struct File {
    std::string now, synced;
    std::vector<std::uint32_t> dirty;  // sectors of `now` that are not in `synced`
    std::vector<bool> is_dirty;
    bool exists = true, entry_synced = false;
    // Of its open handles.
    int shared = 0;
    const Handle* reserved = nullptr;
    const Handle* exclusive = nullptr;
    std::vector<std::unique_ptr<std::array<char, shm_region>>> shm;
    int shm_users = 0;
    std::array<int, shm_locks> shm_shared{};
    std::array<bool, shm_locks> shm_exclusive{};

    void mark(std::size_t from, std::size_t size);
  };
  struct Faults {  // chances, each time
    double read = 0, write = 0, sync = 0;
    bool full = false;  // no file grows
    bool locked = false;  // another process holds the lock for writing
    bool sync_lies = false;  // planted: nothing is ever synced
  };
  using Image = std::map<std::string, std::string>;

  explicit MemoryDisk(std::uint64_t seed);
  ~MemoryDisk();
  MemoryDisk(const MemoryDisk&) = delete;
  MemoryDisk& operator=(const MemoryDisk&) = delete;

  Faults faults;
  // At this many more writes and syncs everything stops at once, in the middle of the last of them.
  void stop_after(int operations) { left_ = operations; }
  void go_on() { left_.reset(); }  // as if that had not been said
  bool stopped() const { return stopped_; }
  // Nothing has an effect from here on; handles that are closed now leave all as it is.
  void stop() { stopped_ = true; }
  // After all handles were closed. A power failure loses what was not synced: all of it, some of it.
  void start(bool power_failed);

  Image image() const;  // whole files, for a later `load`
  void load(const Image& image);
  std::uint64_t failures() const { return failures_; }  // that were injected, so far

  // For SQLite's callbacks.
  File* open(const std::string& name, bool create);
  File* find(const std::string& name);
  int remove(const std::string& name, bool sync_directory);
  int read(File& file, char* data, std::size_t size, std::size_t at);
  int write(File& file, const char* data, std::size_t size, std::size_t at);
  int truncate(File& file, std::size_t size);
  int sync(File& file);
  Dice& dice() { return dice_; }

 private:
  bool ends_here();
  bool fails(double chance);
  static void put(File& file, const char* data, std::size_t size, std::size_t at);
  void lose(File& file);
  void sync_folder();

  Dice dice_;
  std::map<std::string, std::unique_ptr<File>> files_;
  std::optional<int> left_;
  bool stopped_ = false;
  std::uint64_t failures_ = 0;
};

}  // namespace ketrew::simulation
