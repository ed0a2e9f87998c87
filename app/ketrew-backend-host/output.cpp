#include "app/ketrew-backend-host/output.hpp"

#include <ketrew/backend.h>
#include <unistd.h>

#include "core/base/text.hpp"

namespace ketrew::backend_host {

void Output::add(std::string_view lines) {
  std::unique_lock lock(mutex_);
  if (broken_) return;
  waiting_ += lines;
  if (writing_) return;
  writing_ = true;
  while (!waiting_.empty()) {
    std::string batch;
    batch.swap(waiting_);
    lock.unlock();
    const bool written = write_all(fd_.get(), batch).has_value();
    lock.lock();
    if (!written) {
      broken_ = true;
      waiting_.clear();
    }
  }
  writing_ = false;
}

bool Output::broken() const {
  const std::lock_guard lock(mutex_);
  return broken_;
}

void log_line(int level, std::string_view text) {
  static constexpr const char* names[] = {"debug", "info", "warning", "error"};
  std::string line = level >= KETREW_LOG_DEBUG && level <= KETREW_LOG_ERROR ? names[level] : "info";
  line += ": " + one_line(to_valid_utf8(text), 4000) + '\n';
  // A log that cannot be written has nowhere to be complained about.
  [[maybe_unused]] const auto written = write_all(STDERR_FILENO, line);
}

}  // namespace ketrew::backend_host
