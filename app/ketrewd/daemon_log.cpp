#include "app/ketrewd/daemon_log.hpp"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/base/text.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t file_size = 10 << 20, older_files = 3, line_size = 8192;

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return spdlog::level::trace;
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make(std::shared_ptr<spdlog::sinks::sink> sink) {
  auto logger = std::make_shared<spdlog::logger>("ketrewd", std::move(sink));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::trace);  // the last lines before a crash are the ones wanted
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
  static auto the = make(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  return the;
}

}  // namespace

Result<> open_log(const std::string& file, const std::string& level) {
  try {
    if (file.empty())
      logger() = make(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    else
      logger() = make(
          std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file, file_size, older_files));
  } catch (const std::exception& error) {
    return fail(ErrorKind::unavailable, std::string("open the log: ") + error.what());
  }
  auto wanted = spdlog::level::from_str(level);
  if (wanted == spdlog::level::off) wanted = spdlog::level::info;  // what it gives for nonsense
  logger()->set_level(wanted);
  return {};
}

void log(LogLevel level, std::string_view text) {
  try {
    if (!logger()->should_log(to_spdlog(level))) return;
    logger()->log(to_spdlog(level), "{}", one_line(text, line_size));
  } catch (const std::exception&) {  // no memory, or no room on the disk
  }
}

}  // namespace ketrew::daemon
