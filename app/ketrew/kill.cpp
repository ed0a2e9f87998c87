#include "app/ketrew/jobs.hpp"

namespace ketrew::client {

Try<Exit> kill(Context& context) {
  std::vector<std::string> ids;
  std::string where;
  Arguments arguments(
      "ketrew kill", "Asks for the end of jobs. One that is over already stays as it ended.",
      "ID... | --where EXPR",
      "  ketrew kill 01jd3k\n"
      "  ketrew kill --where 'tag = old and age > 2d'\n");
  arguments.positionals("id", ids, false, "Ids of jobs, or unique prefixes of them")
      .option("--where", where, "EXPR", "The unfinished jobs for which this holds: see app/README.md");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;

  auto body = chosen(ids, where);
  if (!body) return stop(std::move(body.error()));
  // Asking twice for the end is asking once: it may be repeated.
  auto answer = context.call({.method = "POST",
                              .target = "/v1/jobs/kill",
                              .body = std::move(*body),
                              .repeatable = true});
  if (!answer) return stop(std::move(answer.error()));
  tell_ends(context, *answer);
  return Exit::done;
}

}  // namespace ketrew::client
