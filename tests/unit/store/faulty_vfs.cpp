#include "tests/unit/store/faulty_vfs.hpp"

#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include <sqlite3.h>

namespace ketrew::store {
namespace {

std::atomic<int> write_code{0}, sync_code{0}, writes_left{0}, writes_done{0};

// Per method table of the real layer: the same with our write, truncate and sync, and where the
// originals are. Files of one table share it.
struct Wrapped {
  sqlite3_io_methods ours;
  const sqlite3_io_methods* real;
};
std::mutex mutex;
std::map<const sqlite3_io_methods*, std::unique_ptr<Wrapped>> by_real;

const sqlite3_io_methods* real_of(sqlite3_file* file) {
  return reinterpret_cast<const Wrapped*>(file->pMethods)->real;
}

int fault() {
  ++writes_done;
  if (write_code == 0) return SQLITE_OK;
  return writes_left.fetch_sub(1) > 0 ? SQLITE_OK : write_code.load();
}

// The real layer compares file->pMethods with nothing: it may see ours.
int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  if (const int code = fault()) return code;
  return real_of(file)->xWrite(file, data, size, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return real_of(file)->xTruncate(file, size);
}
int sync(sqlite3_file* file, int flags) {
  if (sync_code != 0) return sync_code;
  return real_of(file)->xSync(file, flags);
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  if (write_code != 0 && extend && writes_left <= 0) return SQLITE_IOERR_SHMSIZE;
  return real_of(file)->xShmMap(file, page, size, extend, out);
}

sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs our_vfs;

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  const int code = real_vfs->xOpen(real_vfs, name, file, flags, out);
  if (code != SQLITE_OK || !file->pMethods) return code;
  const std::lock_guard lock(mutex);
  auto& wrapped = by_real[file->pMethods];
  if (!wrapped) {
    wrapped.reset(new Wrapped{*file->pMethods, file->pMethods});
    wrapped->ours.xWrite = write;
    wrapped->ours.xTruncate = truncate;
    wrapped->ours.xSync = sync;
    if (wrapped->ours.xShmMap) wrapped->ours.xShmMap = shm_map;
  }
  file->pMethods = &wrapped->ours;
  return code;
}

}  // namespace

FaultyVfs::FaultyVfs() {
  sqlite3_initialize();
  if (!real_vfs) {
    real_vfs = sqlite3_vfs_find("unix");
    our_vfs = *real_vfs;
    our_vfs.zName = "ketrew-faulty";
    our_vfs.pNext = nullptr;
    our_vfs.xOpen = open;
  }
  heal();
  sqlite3_vfs_register(&our_vfs, 1);
}
FaultyVfs::~FaultyVfs() {
  heal();
  sqlite3_vfs_register(real_vfs, 1);
}

void FaultyVfs::fail_writes(int code, int after) {
  writes_left = after;
  write_code = code;
}
void FaultyVfs::fail_syncs(int code) { sync_code = code; }
void FaultyVfs::heal() {
  write_code = 0;
  sync_code = 0;
}
int FaultyVfs::writes() const { return writes_done; }

}  // namespace ketrew::store
