// A disk that can be told to fail: SQLite's usual file layer with a fault in front. It becomes the
// default layer of the process, so that the store under test needs to know nothing of it.
#pragma once

#include <atomic>
#include <functional>

namespace ketrew::store {

class FaultyVfs {
 public:
  FaultyVfs();   // in place
  ~FaultyVfs();  // all well again
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  // From now on: after this many more writes each fails with this SQLite code. 0: none fails.
  void fail_writes(int code, int after = 0);
  void fail_syncs(int code);
  void heal();
  int writes() const;  // so far
};

}  // namespace ketrew::store
