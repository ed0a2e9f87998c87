// ketrewd: what was asked for, and who does it.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "app/ketrewd/check.hpp"
#include "app/ketrewd/command_line.hpp"
#include "app/ketrewd/daemon.hpp"
#include "app/ketrewd/daemon_log.hpp"
#include "app/ketrewd/detach.hpp"
#include "app/ketrewd/memory_return.hpp"
#include "app/ketrewd/remote.hpp"
#include "core/base/file.hpp"
#include "core/profile/find.hpp"

namespace ketrew::daemon {
namespace {

constexpr Milliseconds start_patience{300'000};

int complain(const std::string& text, int code) {
  for (const auto& line : split(text, '\n')) std::fprintf(stderr, "ketrewd: %s\n", line.c_str());
  return code;
}

// A path that still means the same after the daemon has left this folder.
std::string absolute(const std::string& path) {
  if (path.empty() || path[0] == '/') return path;
  char* here = ::getcwd(nullptr, 0);
  const std::string whole = here ? path_join(here, path) : path;
  std::free(here);
  return whole;
}

int start(const Start& command, DaemonOptions options) {
  ::umask(077);
  if (auto made = make_directories(options.home); !made) return complain(made.error().text(), 1);
  StartReport report;
  if (!command.foreground) {
    auto detached = detach(path_join(options.home, "ketrewd.out"), start_patience);
    if (!detached) return complain(detached.error().text(), 1);
    if (detached->outcome) {
      const StartOutcome& outcome = *detached->outcome;
      if (outcome.exit_code != 0) return complain(outcome.text, outcome.exit_code);
      std::printf("%s\n", outcome.text.c_str());
      return 0;
    }
    report = std::move(detached->report);
    options.log = path_join(options.home, "ketrewd.log");
  }
  keep_heaps_few();
  return run_daemon(options, [&](Result<std::string> ready) {
    if (ready) {
      if (command.foreground) std::printf("%s\n", ready->c_str()), std::fflush(stdout);
      report.tell(0, *ready);
    } else {
      if (command.foreground) complain(ready.error().text(), 1);
      else log_error(ready.error().text());
      report.tell(1, ready.error().text());
    }
  });
}

int run(const std::vector<std::string>& words) {
  const auto line = parse_command_line(words);
  if (!line) return complain(line.error().text(), 2);
  if (const auto* text = std::get_if<PrintText>(&line->command)) {
    std::fputs(text->text.c_str(), stdout);
    return 0;
  }
  const auto home = profile::ketrew_home();
  if (!home) return complain(home.error().text(), 2);
  if (is_remote(*line))
    return run_remote(*line, profile::socket_path(*home), stdout, stderr,
                      ::isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR"));
  const auto file = profile::find_profile_file(line->config, *home);
  if (!file) return complain(file.error().text(), 1);
  const std::string name = profile::profile_name(line->profile);
  if (std::holds_alternative<Check>(line->command))
    return run_check({*home, absolute(file->path), name, line->json});
  return start(std::get<Start>(line->command), {*home, absolute(file->path), name, ""});
}

}  // namespace
}  // namespace ketrew::daemon

int main(int argc, char** argv) {
  return ketrew::daemon::run(std::vector<std::string>(argv + 1, argv + argc));
}
