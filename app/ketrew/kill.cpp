#include "app/ketrew/answer.hpp"
#include "app/ketrew/jobs.hpp"
#include "core/base/terminal_text.hpp"

namespace ketrew::client {

Try<Exit> kill(Context& context) {
  std::vector<std::string> ids;
  Arguments arguments(
      "ketrew kill", "Asks for the end of jobs. One that is over already stays as it ended.",
      "ID...",
      "  ketrew kill 01jd3k\n"
      "  ketrew status --tag old --json | jq -r '.jobs[].id' | xargs ketrew kill\n");
  arguments.positionals("id", ids, true, "Ids of jobs, or unique prefixes of them");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;

  const auto prefixes = id_prefixes(ids);
  if (!prefixes) return stop(prefixes.error());
  // Asking twice for the end is asking once: it may be repeated.
  auto answer = context.call({.method = "POST",
                              .target = "/v1/jobs/kill",
                              .body = Json{{"ids", *prefixes}},
                              .repeatable = true});
  if (!answer) return stop(std::move(answer.error()));
  if (context.json) {
    context.console.json(*answer);
    return Exit::done;
  }
  for (const auto& job : list_at(*answer, "jobs")) {
    const std::string state = escape_for_terminal(text_at(job, "state"));
    context.console.line(escape_for_terminal(text_at(job, "id")) + "  " +
                         (true_at(job, "already_over") ? "over already: " + state : state));
  }
  return Exit::done;
}

}  // namespace ketrew::client
