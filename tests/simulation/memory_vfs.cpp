#include "tests/simulation/memory_vfs.hpp"

#include <algorithm>
#include <cstring>

#include <sqlite3.h>

#include "tests/simulation/memory_disk.hpp"

namespace ketrew::simulation {

// What SQLite has of an open file; `base` comes first, as it asks.
struct MemoryDisk::Handle {
  sqlite3_file base;
  MemoryDisk* disk;
  File* file;
  File* own;  // of a file without a name: nobody else has it
  int lock;
  bool has_shm;
  unsigned shm_shared, shm_exclusive;  // bits: the locks that it holds
};

namespace {

using Handle = MemoryDisk::Handle;
using File = MemoryDisk::File;

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
std::size_t size_of(sqlite3_int64 size) { return static_cast<std::size_t>(size); }

int read(sqlite3_file* base, void* data, int size, sqlite3_int64 at) {
  Handle& h = handle_of(base);
  return h.disk->read(*h.file, static_cast<char*>(data), size_of(size), size_of(at));
}
int write(sqlite3_file* base, const void* data, int size, sqlite3_int64 at) {
  Handle& h = handle_of(base);
  return h.disk->write(*h.file, static_cast<const char*>(data), size_of(size), size_of(at));
}
int truncate(sqlite3_file* base, sqlite3_int64 size) {
  return handle_of(base).disk->truncate(*handle_of(base).file, size_of(size));
}
int sync(sqlite3_file* base, int) { return handle_of(base).disk->sync(*handle_of(base).file); }
int file_size(sqlite3_file* base, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(handle_of(base).file->now.size());
  return SQLITE_OK;
}

// -- locks -----------------------------------------------------------------------------------------

int lock(sqlite3_file* base, int level) {
  Handle& h = handle_of(base);
  File& file = *h.file;
  if (h.lock >= level) return SQLITE_OK;
  if (level == SQLITE_LOCK_SHARED) {
    if (file.exclusive) return SQLITE_BUSY;
    ++file.shared;
  } else {
    if (file.reserved && file.reserved != &h) return SQLITE_BUSY;
    file.reserved = &h;
    if (level >= SQLITE_LOCK_PENDING) {
      if (file.shared > 1) return SQLITE_BUSY;
      file.exclusive = &h;
    }
  }
  h.lock = level;
  return SQLITE_OK;
}

int unlock(sqlite3_file* base, int level) {
  Handle& h = handle_of(base);
  File& file = *h.file;
  if (file.exclusive == &h) file.exclusive = nullptr;
  if (file.reserved == &h) file.reserved = nullptr;
  if (level == SQLITE_LOCK_NONE && h.lock >= SQLITE_LOCK_SHARED) --file.shared;
  h.lock = std::min(h.lock, level);
  return SQLITE_OK;
}

int check_reserved(sqlite3_file* base, int* held) {
  *held = handle_of(base).file->reserved != nullptr;
  return SQLITE_OK;
}

int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 4096; }  // this and the next as the usual layer has them
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

// -- the index of the log --------------------------------------------------------------------------

int shm_map(sqlite3_file* base, int region, int size, int extend, void volatile** out) {
  Handle& h = handle_of(base);
  auto& shm = h.file->shm;
  if (!h.has_shm) ++h.file->shm_users;
  h.has_shm = true;
  *out = nullptr;
  if (size != static_cast<int>(MemoryDisk::shm_region)) return SQLITE_IOERR_SHMSIZE;
  if (shm.size() <= size_of(region)) {
    if (!extend) return SQLITE_OK;
    if (h.disk->faults.full && h.disk->dice().chance(0.5)) return SQLITE_IOERR_SHMSIZE;
    while (shm.size() <= size_of(region))
      shm.push_back(std::make_unique<std::array<char, MemoryDisk::shm_region>>());
  }
  *out = shm[size_of(region)]->data();
  return SQLITE_OK;
}

int shm_lock(sqlite3_file* base, int first, int count, int flags) {
  Handle& h = handle_of(base);
  File& file = *h.file;
  const bool shared = (flags & SQLITE_SHM_SHARED) != 0;
  for (int i = first; i < first + count; ++i) {
    const auto n = size_of(i);
    const unsigned bit = 1u << i;
    if (flags & SQLITE_SHM_UNLOCK) {
      if (shared && (h.shm_shared & bit)) --file.shm_shared[n], h.shm_shared &= ~bit;
      if (!shared && (h.shm_exclusive & bit)) file.shm_exclusive[n] = false, h.shm_exclusive &= ~bit;
      continue;
    }
    const bool mine = (shared ? h.shm_shared : h.shm_exclusive) & bit;
    if (mine) continue;
    if (i == 0 && h.disk->faults.locked) return SQLITE_BUSY;  // the lock for writing
    const int others = file.shm_shared[n] - ((h.shm_shared & bit) ? 1 : 0);
    if (file.shm_exclusive[n] || (!shared && others > 0)) return SQLITE_BUSY;
  }
  if (flags & SQLITE_SHM_UNLOCK) return SQLITE_OK;
  for (int i = first; i < first + count; ++i) {
    const unsigned bit = 1u << i;
    if (shared && !(h.shm_shared & bit)) ++file.shm_shared[size_of(i)], h.shm_shared |= bit;
    if (!shared) file.shm_exclusive[size_of(i)] = true, h.shm_exclusive |= bit;
  }
  return SQLITE_OK;
}

void shm_barrier(sqlite3_file*) {}

int shm_unmap(sqlite3_file* base, int remove) {
  Handle& h = handle_of(base);
  if (!h.has_shm) return SQLITE_OK;
  h.has_shm = false;
  if (--h.file->shm_users == 0 && remove) h.file->shm.clear();
  return SQLITE_OK;
}

int close(sqlite3_file* base) {
  unlock(base, SQLITE_LOCK_NONE);
  shm_lock(base, 0, MemoryDisk::shm_locks, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
  shm_lock(base, 0, MemoryDisk::shm_locks, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
  shm_unmap(base, 0);
  delete handle_of(base).own;
  return SQLITE_OK;
}

const sqlite3_io_methods methods = {2,       close,    read,           write,   truncate,    sync,
                                    file_size, lock,   unlock,         check_reserved, control,
                                    sector_size, characteristics, shm_map, shm_lock, shm_barrier,
                                    shm_unmap, nullptr, nullptr};

// -- the layer -------------------------------------------------------------------------------------

MemoryDisk* disk_of(sqlite3_vfs* vfs) { return static_cast<MemoryDisk*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* base, int flags, int* out) {
  std::memset(base, 0, sizeof(Handle));
  Handle& h = handle_of(base);
  h.disk = disk_of(vfs);
  if (!name) h.own = new File;
  h.file = h.own ? h.own : h.disk->open(name, (flags & SQLITE_OPEN_CREATE) != 0);
  if (!h.file) return SQLITE_CANTOPEN;
  base->pMethods = &methods;
  if (out) *out = flags;
  return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  return disk_of(vfs)->remove(name, sync_directory != 0);
}
int access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  const File* file = disk_of(vfs)->find(name);
  *out = file && (flags != SQLITE_ACCESS_EXISTS || !file->now.empty());  // as the usual layer
  return SQLITE_OK;
}
int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}
int randomness(sqlite3_vfs* vfs, int size, char* out) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(disk_of(vfs)->dice().next());
  return size;
}
int sleep(sqlite3_vfs*, int microseconds) { return microseconds; }  // it costs no time here
int current_time(sqlite3_vfs*, sqlite3_int64* milliseconds) {
  *milliseconds = 212'000'000'000'000;
  return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) { return 0; }

sqlite3_vfs layer() {
  sqlite3_vfs vfs{};
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = 512;
  vfs.zName = "ketrew-memory";
  vfs.xOpen = open;
  vfs.xDelete = remove;
  vfs.xAccess = access;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep;
  vfs.xGetLastError = last_error;
  vfs.xCurrentTimeInt64 = current_time;
  return vfs;
}

}  // namespace

void use_memory_vfs(MemoryDisk* disk) {
  static const int quiet = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // as Connection says it
  static_cast<void>(quiet);
  static sqlite3_vfs vfs = layer();
  vfs.pAppData = disk;
  sqlite3_vfs_register(disk ? &vfs : sqlite3_vfs_find("unix"), 1);
  if (disk) sqlite3_randomness(0, nullptr);  // SQLite's own dice begin anew, with ours
}

}  // namespace ketrew::simulation
