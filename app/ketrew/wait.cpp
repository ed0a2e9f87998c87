#include "app/ketrew/waiting.hpp"

namespace ketrew::client {

Try<Exit> wait(Context& context) {
  std::vector<std::string> ids;
  std::string timeout;
  Arguments arguments(
      "ketrew wait",
      "Waits until jobs have ended; without ids: every job that is unfinished now.\n"
      "Exits with 1 if one of them failed, with 124 if the time was over first.",
      "[ID...] [--timeout T]",
      "  ketrew wait\n"
      "  ketrew wait 01jd3k --timeout 1h30m\n");
  arguments.positionals("id", ids, false, "Ids of jobs, or unique prefixes of them")
      .option("--timeout", timeout, "T", "Wait no longer than this: 30s, 10m, 1h30m");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;

  std::optional<Milliseconds> limit;
  if (!timeout.empty()) {
    limit = parse_duration(timeout);
    if (!limit) return wrong_usage("\"" + timeout + "\" is no duration", "write 30s, 10m or 1h30m");
  }
  return wait_for_jobs(context, ids, limit, true);
}

}  // namespace ketrew::client
