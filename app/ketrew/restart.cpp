#include "app/ketrew/answer.hpp"
#include "app/ketrew/jobs.hpp"
#include "app/ketrew/request_key.hpp"
#include "core/base/terminal_text.hpp"

namespace ketrew::client {
namespace {

struct Asked {
  std::vector<std::string> ids;
  std::string workflow, where, key;
  bool subgraph = false, dry_run = false;
};

Try<api::Request> request_of(const Asked& asked) {
  Target target(asked.workflow.empty() ? "/v1/jobs" : "/v1/workflows");
  if (!asked.workflow.empty()) target.segment(asked.workflow);
  target.segment("restart");
  if (asked.subgraph) target.query("failed_subgraph", "true");
  if (asked.dry_run) target.query("dry_run", "true");
  api::Request request{.method = "POST", .target = target.text(), .idempotency_key = asked.key};
  if (!asked.workflow.empty()) return request;
  auto body = chosen(asked.ids, asked.where);
  if (!body) return stop(std::move(body.error()));
  request.body = std::move(*body);
  return request;
}

void tell(Console& console, const Json& answer, bool dry_run) {
  std::vector<std::vector<Cell>> rows;
  for (const auto& job : list_at(answer, "jobs")) {
    if (!dry_run) {
      console.line(escape_for_terminal(text_at(job, "id")));
      continue;
    }
    const auto name = bytes_from_json(job.value("name", Json("")));
    rows.push_back({{text_at(job, "id")}, {text_at(job, "state")},
                    {!text_at(job, "same_as").empty() ? "it is " + text_at(job, "same_as")
                     : true_at(job, "active")         ? "at once"
                                                      : "when another asks for it"},
                    {name ? escape_for_terminal(*name) : ""}});
  }
  if (!dry_run) return;
  console.print(render_table(rows, console.width, console.colour));
  if (rows.empty()) console.line("nothing failed: there is nothing to restart");
}

}  // namespace

Try<Exit> restart(Context& context) {
  Asked asked;
  Arguments arguments(
      "ketrew restart",
      "Runs jobs again, each as a new job that is linked to the old one; prints the new ids.",
      "ID... [OPTION]...",
      "  ketrew restart 01jd3k\n"
      "  ketrew restart 01jd3k --failed-subgraph --dry-run\n"
      "  ketrew restart --workflow nightly\n"
      "  ketrew restart --where 'class = node and since-end < 1h'\n");
  arguments.positionals("id", asked.ids, false, "Ids of jobs that are over, or unique prefixes of them")
      .flag("--failed-subgraph", asked.subgraph,
            "Of these the failed ones, what they failed because of, and all that came to nothing\n"
            "because of either; what succeeded stays as it is")
      .option("--workflow", asked.workflow, "NAME|ID", "The failed subgraph of a whole workflow")
      .option("--where", asked.where, "EXPR",
              "The jobs that are over, for which this holds, and that were not restarted yet: see\n"
              "app/README.md")
      .option("--idempotency-key", asked.key, "KEY",
              "A repeat with the same key restarts nothing again (default: a random one)")
      .flag("--dry-run", asked.dry_run, "Only tell which jobs that would be");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  if (!asked.workflow.empty() && !(asked.ids.empty() && asked.where.empty()))
    return wrong_usage("--workflow goes with neither ids nor --where", "give one of them");

  if (auto good = check_key(asked.key); !good) return stop(std::move(good.error()));
  if (asked.key.empty()) asked.key = random_key();
  auto request = request_of(asked);
  if (!request) return stop(std::move(request.error()));
  auto answer = context.call(*request);
  if (!answer) return stop(with_key(std::move(answer.error()), asked.key));
  if (context.json) context.console.json(*answer);
  else tell(context.console, *answer, asked.dry_run);
  return Exit::done;
}

}  // namespace ketrew::client
