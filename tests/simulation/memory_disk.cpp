#include "tests/simulation/memory_disk.hpp"

#include <algorithm>
#include <cstring>

#include <sqlite3.h>

#include "tests/simulation/memory_vfs.hpp"

namespace ketrew::simulation {

MemoryDisk::MemoryDisk(std::uint64_t seed) : dice_(seed) { use_memory_vfs(this); }
MemoryDisk::~MemoryDisk() { use_memory_vfs(nullptr); }

void MemoryDisk::File::mark(std::size_t from, std::size_t size) {
  for (std::size_t s = from / sector; s * sector < from + size; ++s) {
    if (is_dirty.size() <= s) is_dirty.resize(s + 1);
    if (is_dirty[s]) continue;
    is_dirty[s] = true;
    dirty.push_back(static_cast<std::uint32_t>(s));
  }
}

// -- faults ----------------------------------------------------------------------------------------

bool MemoryDisk::ends_here() {
  if (stopped_ || !left_) return stopped_;
  if (--*left_ > 0) return false;
  left_.reset();
  stopped_ = true;
  return true;
}

bool MemoryDisk::fails(double chance) {
  if (chance <= 0 || !dice_.chance(chance)) return false;
  ++failures_;
  return true;
}

void MemoryDisk::start(bool power_failed) {
  stopped_ = false;
  left_.reset();
  for (auto at = files_.begin(); at != files_.end();) {
    File& file = *at->second;
    file.shm.clear();  // memory of processes that are gone
    file.shm_users = file.shared = 0;
    file.shm_shared = {};
    file.shm_exclusive = {};
    file.reserved = file.exclusive = nullptr;
    if (power_failed) lose(file);
    at = file.exists ? std::next(at) : files_.erase(at);
  }
}

void MemoryDisk::lose(File& file) {
  if (!file.entry_synced && dice_.chance(0.5)) {  // made or removed, and the folder does not know
    file.exists = !file.exists && !file.synced.empty();
    file.entry_synced = true;
  }
  // None, all, or some of what was not synced.
  const double kept = std::array{0.0, 0.5, 0.5, 1.0}[dice_.below(4)];
  std::string left = file.synced;
  for (const std::uint32_t number : file.dirty) {
    const std::size_t from = number * sector;
    if (from >= file.now.size() || !dice_.chance(kept)) continue;
    const std::size_t size = std::min(sector, file.now.size() - from);
    if (left.size() < from + size) left.resize(from + size);
    std::memcpy(left.data() + from, file.now.data() + from, size);
  }
  if (file.now.size() < left.size() && dice_.chance(0.5)) left.resize(file.now.size());
  file.now = file.synced = std::move(left);
  file.dirty.clear();
  file.is_dirty.clear();
}

// -- files -----------------------------------------------------------------------------------------

MemoryDisk::Image MemoryDisk::image() const {
  Image image;
  for (const auto& [name, file] : files_)
    if (file->exists) image[name] = file->now;
  return image;
}

void MemoryDisk::load(const Image& image) {
  files_.clear();
  for (const auto& [name, bytes] : image) {
    File& file = *open(name, true);
    file.now = file.synced = bytes;
    file.entry_synced = true;
  }
}

MemoryDisk::File* MemoryDisk::find(const std::string& name) {
  const auto found = files_.find(name);
  return found == files_.end() || !found->second->exists ? nullptr : found->second.get();
}

MemoryDisk::File* MemoryDisk::open(const std::string& name, bool create) {
  if (File* file = find(name)) return file;
  if (!create || stopped_) return nullptr;
  auto& file = files_[name];
  if (!file) file = std::make_unique<File>();
  file->exists = true;
  file->entry_synced = false;
  return file.get();
}

int MemoryDisk::remove(const std::string& name, bool sync_directory) {
  File* file = find(name);
  if (!file) return SQLITE_IOERR_DELETE_NOENT;
  if (ends_here()) return SQLITE_IOERR_DELETE;
  file->exists = file->entry_synced = false;
  file->now.clear();
  file->dirty.clear();
  file->is_dirty.clear();
  if (sync_directory) sync_folder();
  return SQLITE_OK;
}

// Of all files: what was made is there, what was removed is gone for good.
void MemoryDisk::sync_folder() {
  for (auto& [name, file] : files_) {
    if (!file->exists) file->synced.clear();
    file->entry_synced = true;
  }
}

int MemoryDisk::read(File& file, char* data, std::size_t size, std::size_t at) {
  if (stopped_ || fails(faults.read)) return SQLITE_IOERR_READ;
  const std::size_t there = at < file.now.size() ? std::min(size, file.now.size() - at) : 0;
  if (there > 0) std::memcpy(data, file.now.data() + at, there);
  if (there == size) return SQLITE_OK;
  std::memset(data + there, 0, size - there);
  return SQLITE_IOERR_SHORT_READ;
}

void MemoryDisk::put(File& file, const char* data, std::size_t size, std::size_t at) {
  if (size == 0) return;
  if (file.now.size() < at + size) file.now.resize(at + size);
  std::memcpy(file.now.data() + at, data, size);
  file.mark(at, size);
}

int MemoryDisk::write(File& file, const char* data, std::size_t size, std::size_t at) {
  const bool was_stopped = stopped_;
  if (ends_here()) {
    if (!was_stopped) put(file, data, dice_.below(size + 1), at);
    return SQLITE_IOERR_WRITE;
  }
  if (faults.full && at + size > file.now.size()) {
    ++failures_;
    if (at < file.now.size()) put(file, data, file.now.size() - at, at);
    return SQLITE_FULL;
  }
  if (fails(faults.write)) {
    put(file, data, dice_.below(size + 1), at);  // short
    return SQLITE_IOERR_WRITE;
  }
  put(file, data, size, at);
  return SQLITE_OK;
}

int MemoryDisk::truncate(File& file, std::size_t size) {
  if (ends_here()) return SQLITE_IOERR_TRUNCATE;
  if (fails(faults.write)) return SQLITE_IOERR_TRUNCATE;
  file.now.resize(size);
  return SQLITE_OK;
}

int MemoryDisk::sync(File& file) {
  if (ends_here()) return SQLITE_IOERR_FSYNC;
  if (faults.sync_lies) return SQLITE_OK;
  const bool failed = fails(faults.sync);
  if (!failed && file.now.size() < file.synced.size()) file.synced.resize(file.now.size());
  for (const std::uint32_t number : file.dirty) {
    const std::size_t from = number * sector;
    file.is_dirty[number] = false;
    // A sync that fails has written some of it, and the system holds all of it to be clean.
    if (from >= file.now.size() || (failed && dice_.chance(0.5))) continue;
    const std::size_t size = std::min(sector, file.now.size() - from);
    if (file.synced.size() < from + size) file.synced.resize(from + size);
    std::memcpy(file.synced.data() + from, file.now.data() + from, size);
  }
  file.dirty.clear();
  if (failed) return SQLITE_IOERR_FSYNC;
  if (file.synced.size() < file.now.size()) file.synced.resize(file.now.size());
  if (!file.entry_synced) sync_folder();  // as SQLite's usual layer syncs that, the first time
  return SQLITE_OK;
}

}  // namespace ketrew::simulation
