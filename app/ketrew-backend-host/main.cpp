// ketrew-backend-host: loads a backend, speaks the protocol for it, leaves when its input ends.
#include <cstdio>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "app/ketrew-backend-host/arguments.hpp"
#include "app/ketrew-backend-host/descriptor.hpp"
#include "app/ketrew-backend-host/session.hpp"
#include "app/ketrew-backend-host/static_backends.h"

namespace ketrew::backend_host {
namespace {

constexpr int exit_usage = 2, exit_refused = 3, exit_internal = 5;

int complain(const Error& error, int code) {
  std::fprintf(stderr, "ketrew-backend-host: %s\n", one_line(error.text(), 2000).c_str());
  return code;
}

// The backends in loading order; the last is the one that is served.
Result<std::vector<const ketrew_backend_descriptor*>> gather(const Arguments& arguments) {
  std::vector<const ketrew_backend_descriptor*> backends;
  for (auto* at = ketrew_static_backends; *at; ++at) {
    const std::string_view bytes(reinterpret_cast<const char*>(*at), sizeof **at);
    if (auto judged = judge_descriptor(bytes); !judged) return pass(judged.error());
    if (auto judged = judge_functions(**at); !judged) return pass(judged.error());
    backends.push_back(*at);
  }
  std::vector<std::string> files = arguments.required;
  if (!arguments.module.empty()) files.push_back(arguments.module);
  for (const std::string& file : files) {
    const auto loaded = load_module(file);
    if (!loaded) return pass(loaded.error());
    backends.push_back(*loaded);
  }
  return backends;
}

void nothing(int) {}

// Handlers, because an ignored signal stays ignored in every program that the backend starts.
void keep_signals_away() {
  struct sigaction action {};
  action.sa_handler = &nothing;
  action.sa_flags = SA_RESTART;
  for (const int signal_number : {SIGPIPE, SIGINT, SIGHUP})
    sigaction(signal_number, &action, nullptr);
}

// The protocol's two ends get numbers that neither the backend nor its children know: whatever
// prints to standard output prints to the log, and reading standard input gives nothing.
Result<std::pair<Fd, Fd>> take_standard_streams() {
  Fd in(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10)), out(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10));
  const Fd none(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!in || !out || !none || dup2(none.get(), STDIN_FILENO) < 0 ||
      dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    return fail_errno("standard input, output and error", errno);
  return std::pair(std::move(in), std::move(out));
}

int run(int argc, char** argv) {
  const auto arguments = parse_arguments(argc, argv, *ketrew_static_backends != nullptr);
  if (!arguments) return complain(arguments.error(), exit_usage);
  if (arguments->help) return std::fputs(usage, stdout) < 0 ? exit_internal : 0;

  keep_signals_away();
  auto streams = take_standard_streams();
  if (!streams) return complain(streams.error(), exit_internal);
  auto backends = gather(*arguments);
  if (!backends) return complain(backends.error(), exit_refused);
  const ketrew_backend_descriptor* backend = backends->back();
  backends->pop_back();

  Output output(std::move(streams->second));
  if (arguments->describe) {
    output.add(describe(*backend).dump(2) + '\n');
    return 0;
  }
  Session session(*backend, std::move(*backends), output);
  return session.serve(streams->first.get());
}

}  // namespace
}  // namespace ketrew::backend_host

int main(int argc, char** argv) try {
  return ketrew::backend_host::run(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "ketrew-backend-host: %s\n", error.what());
  return 5;
}
