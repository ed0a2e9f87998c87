// Everything the host says to the daemon goes through here.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "core/base/file.hpp"

namespace ketrew::backend_host {

// Any thread. Lines of several threads never mix. Whoever finds nobody writing writes, also what
// others add meanwhile: under load many answers share one system call.
class Output {
 public:
  explicit Output(Fd fd) : fd_(std::move(fd)) {}
  void add(std::string_view lines);
  // The reader is gone; what was added since is lost.
  bool broken() const;

 private:
  mutable std::mutex mutex_;
  std::string waiting_;
  bool writing_ = false;
  bool broken_ = false;
  Fd fd_;
};

// One line to standard error, which is the backend's log, in one piece.
void log_line(int level, std::string_view text);

}  // namespace ketrew::backend_host
