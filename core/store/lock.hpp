// One daemon per home: a lock held for life.
#pragma once

#include <string>

#include "core/base/file.hpp"

namespace ketrew::store {

// Holds `<home>/lock` (an OFD or flock lock: released by the kernel when the process ends, however it
// ends; not inherited by children). The file's text names the owner for people: "pid 123 on host".
class HomeLock {
 public:
  // `conflict` naming the owner if another process has it. Makes the home (mode 0700) if absent;
  // refuses (`denied`) one that others may write to or that belongs to somebody else.
  static Result<HomeLock> take(const std::string& home);
  // The owner's pid if somebody holds the lock now; 0 if nobody does.
  static Result<int> holder(const std::string& home);

 private:
  explicit HomeLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace ketrew::store
