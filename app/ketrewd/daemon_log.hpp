// The daemon's log: one line an event, in a file that is rotated. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace ketrew::daemon {

enum class LogLevel : unsigned char { trace, debug, info, warning, error };

// `file`: 10 MiB, and three older ones beside it; "" for stderr. `level`: a name as in the profile;
// an unknown one is `info`. Until it is called, lines go to stderr.
Result<> open_log(const std::string& file, const std::string& level);

// Line breaks and control characters within `text` become blanks. Never fails: on a full disk lines
// are lost.
void log(LogLevel level, std::string_view text);
inline void log_info(std::string_view text) { log(LogLevel::info, text); }
inline void log_warning(std::string_view text) { log(LogLevel::warning, text); }
inline void log_error(std::string_view text) { log(LogLevel::error, text); }

}  // namespace ketrew::daemon
