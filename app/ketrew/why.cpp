#include "app/ketrew/answer.hpp"
#include "app/ketrew/jobs.hpp"
#include "core/base/terminal_text.hpp"

namespace ketrew::client {

Try<Exit> why(Context& context) {
  std::string id;
  Arguments arguments(
      "ketrew why",
      "Why a job waits, failed or is in doubt: our own limits, the host, the scheduler's\n"
      "reason, and the evidence.",
      "ID", "  ketrew why 01jd3k\n");
  arguments.positional("id", id, true, "The job");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;

  const auto prefix = id_prefixes({id});
  if (!prefix) return stop(prefix.error());
  auto answer = context.get(Target("/v1/jobs").segment(prefix->front()).segment("why"));
  if (!answer) return stop(std::move(answer.error()));
  if (context.json)
    context.console.json(*answer);
  else
    for (const auto& line : list_at(*answer, "lines"))
      if (line.is_string()) context.console.line(escape_for_terminal(line.get<std::string>()));
  return Exit::done;
}

}  // namespace ketrew::client
