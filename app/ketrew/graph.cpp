#include "app/ketrew/graph_view.hpp"

#include "app/ketrew/answer.hpp"
#include "app/ketrew/command.hpp"

namespace ketrew::client {
namespace {

// A workflow by name or id; else a job, with all that hangs together with it.
Try<Json> fetch(Context& context, std::string what) {
  if (what.empty()) {
    auto newest = context.get(Target("/v1/workflows").query("limit", "1"));
    if (!newest) return stop(std::move(newest.error()));
    const Json& list = list_at(*newest, "workflows");
    if (list.empty())
      return stop(Exit::no_job, "there is no workflow", "name a job: ketrew graph ID");
    what = text_at(list[0], "id");
  }
  auto answer = context.get(Target("/v1/workflows").segment(what).segment("graph"));
  if (answer || answer.error().exit != Exit::no_job) return answer;
  auto job = context.get(Target("/v1/jobs").segment(what).segment("graph"));
  if (!job && job.error().exit == Exit::no_job)
    return stop(Exit::no_job, "no workflow and no job \"" + one_line(what, 60) + "\"",
                "see: ketrew status --workflows");
  return job;
}

}  // namespace

Try<Exit> graph(Context& context) {
  std::string what, format = "text";
  bool all = false;
  Arguments arguments(
      "ketrew graph",
      "A workflow, or what hangs together with a job; without a word: the newest workflow.",
      "[NAME|ID] [OPTION]...",
      "  ketrew graph nightly\n"
      "  ketrew graph 01jd3k --format dot | dot -Tsvg >graph.svg\n");
  arguments.positional("what", what, false, "A workflow's name (its newest is meant) or id, or a job's id")
      .option("-f,--format", format, "FORMAT", "text (default), dot (Graphviz) or mermaid")
      .flag("-a,--all", all, "Each job by itself, also where many were written as one node");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  if (format != "text" && format != "dot" && format != "mermaid")
    return wrong_usage("\"" + format + "\" is no format", "there are: text, dot, mermaid");

  auto answer = fetch(context, what);
  if (!answer) return stop(std::move(answer.error()));
  if (context.json) {
    context.console.json(*answer);
    return Exit::done;
  }
  auto drawing = drawing_from(*answer);
  if (!drawing) return stop(Stop(Exit::internal, drawing.error()));
  if (!all) *drawing = collapsed(*drawing);
  context.console.print(format == "dot"       ? as_dot(*drawing)
                        : format == "mermaid" ? as_mermaid(*drawing)
                                              : as_text(*drawing));
  if (!true_at(*answer, "complete"))
    context.console.complain("the graph is larger: this is the part around the job");
  return Exit::done;
}

}  // namespace ketrew::client
