#include "app/ketrew/answer.hpp"
#include "app/ketrew/jobs.hpp"
#include "core/base/terminal_text.hpp"

namespace ketrew::client {

Try<Exit> restart(Context& context) {
  std::vector<std::string> ids;
  bool subgraph = false;
  Arguments arguments(
      "ketrew restart",
      "Runs jobs again, each as a new job that is linked to the old one; prints the new ids.",
      "ID...", "  ketrew restart 01jd3k\n");
  arguments.positionals("id", ids, true, "Ids of jobs that are over, or unique prefixes of them")
      .flag("--failed-subgraph", subgraph, "Not available yet");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  if (subgraph)
    return wrong_usage("--failed-subgraph is not available yet",
                       "give the ids of all jobs to restart");

  const auto prefixes = id_prefixes(ids);
  if (!prefixes) return stop(prefixes.error());
  auto answer = context.call(
      {.method = "POST", .target = "/v1/jobs/restart", .body = Json{{"ids", *prefixes}}});
  if (!answer) {
    Stop why = std::move(answer.error());
    if (why.error.hint == "see: ketrewd status")
      why.error.hint =
          "they may have been restarted: look with `ketrew status` before you repeat it";
    return stop(std::move(why));
  }
  if (context.json) {
    context.console.json(*answer);
    return Exit::done;
  }
  for (const auto& job : list_at(*answer, "jobs"))
    context.console.line(escape_for_terminal(text_at(job, "id")));
  return Exit::done;
}

}  // namespace ketrew::client
