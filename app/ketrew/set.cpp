#include "app/ketrew/answer.hpp"
#include "app/ketrew/jobs.hpp"
#include "core/base/terminal_text.hpp"
#include "core/model/state.hpp"

namespace ketrew::client {
namespace {

// Whoever sets a job that runs may think that this ends it.
void warn_of_what_runs(Console& console, const Json& answer) {
  std::vector<std::string> running;
  for (const auto& job : list_at(answer, "jobs")) {
    const auto before = parse_state(text_at(job, "before"));
    if (before && is_held_by_backend(*before) && !true_at(job, "already_over"))
      running.push_back(text_at(job, "id"));
  }
  if (running.empty()) return;
  constexpr std::size_t most = 3;
  const std::size_t more = running.size() - std::min(running.size(), most);
  running.resize(running.size() - more);
  console.complain("ketrew: " + escape_for_terminal(join(running, ", ")) +
                   (more ? " and " + std::to_string(more) + " more" : "") +
                   ": what its backend has of it may go on, unwatched; `ketrew show ID` tells where, "
                   "to end it there. `ketrew kill` before `set` ends a job");
}

}  // namespace

Try<Exit> set(Context& context) {
  std::vector<std::string> ids;
  std::string where, reason;
  bool succeeded = false, failed = false, forget = false;
  Arguments arguments(
      "ketrew set",
      "Says how unfinished jobs ended, where the truth is lost. Nothing is asked of their backends:\n"
      "what still runs goes on, unwatched. The reason is kept in the history.",
      "ID... --succeeded|--failed|--forget --reason TEXT",
      "  ketrew set 01jd3k --succeeded --reason 'its output is complete, the node was reinstalled'\n");
  arguments.positionals("id", ids, false, "Ids of jobs, or unique prefixes of them")
      .option("--where", where, "EXPR", "The unfinished jobs for which this holds: see app/README.md")
      .flag("--succeeded", succeeded, "It did what it was for: what needs it may start")
      .flag("--failed", failed, "It did not")
      .flag("--forget", forget, "Nobody knows: it is lost")
      .option("--reason", reason, "TEXT", "How you know (needed)");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  if (int{succeeded} + int{failed} + int{forget} != 1)
    return wrong_usage("what are they set to?", "give one of --succeeded, --failed, --forget");
  if (trim(reason).empty()) return wrong_usage("--reason is missing", "say how you know");
  if (!is_utf8(reason)) return wrong_usage("--reason is not UTF-8");

  auto body = chosen(ids, where);
  if (!body) return stop(body.error());
  (*body)["state"] = succeeded ? "succeeded" : failed ? "failed" : "lost";
  (*body)["reason"] = reason;
  auto answer = context.call({.method = "POST", .target = "/v1/jobs/set", .body = std::move(*body)});
  if (!answer) return stop(std::move(answer.error()));
  tell_ends(context, *answer);
  warn_of_what_runs(context.console, *answer);
  return Exit::done;
}

}  // namespace ketrew::client
