#include "app/ketrew/waiting.hpp"

#include "app/ketrew/answer.hpp"
#include "app/ketrew/jobs.hpp"
#include "core/model/filter.hpp"

namespace ketrew::client {

Try<Exit> wait(Context& context) {
  std::vector<std::string> ids;
  std::string timeout, workflow, where;
  Arguments arguments(
      "ketrew wait",
      "Waits until jobs have ended; without ids: every job that is unfinished now.\n"
      "Exits with 1 if one of them failed, with 124 if the time was over first. What nothing can\n"
      "activate any more is not waited for, and is no failure.",
      "[ID...] [OPTION]...",
      "  ketrew wait\n"
      "  ketrew wait --workflow nightly\n"
      "  ketrew wait 01jd3k --timeout 1h30m\n");
  arguments.positionals("id", ids, false, "Ids of jobs, or unique prefixes of them")
      .option("-W,--workflow", workflow, "NAME|ID", "All jobs of this workflow (of a name's newest)")
      .option("--where", where, "EXPR",
              "The jobs for which this holds now, those that are over as well: see app/README.md")
      .option("--timeout", timeout, "T", "Wait no longer than this: 30s, 10m, 1h30m");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;

  std::optional<Milliseconds> limit;
  if (!timeout.empty()) {
    limit = parse_duration(timeout);
    if (!limit) return wrong_usage("\"" + timeout + "\" is no duration", "write 30s, 10m or 1h30m");
  }
  if (!workflow.empty() || !where.empty()) {
    if (!ids.empty())
      return wrong_usage("ids go with neither --workflow nor --where", "give one of them");
    if (const auto filter = filter::parse(where); !filter)
      return wrong_usage(filter.error().what, filter.error().hint);
    Parameters parameters{brief_jobs};
    if (!workflow.empty()) parameters.emplace_back("workflow", workflow);
    if (!where.empty()) parameters.emplace_back("where", where);
    auto listed = list_jobs(context, parameters, 0,
                            [&](const Json& job) { ids.push_back(text_at(job, "id")); });
    if (!listed) return stop(std::move(listed.error()));
    if (ids.empty()) return stop(Exit::no_job, "there is no such job", "see: ketrew status --all");
  }
  return wait_for_jobs(context, ids, limit, true);
}

}  // namespace ketrew::client
