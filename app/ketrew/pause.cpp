#include "app/ketrew/answer.hpp"
#include "app/ketrew/jobs.hpp"
#include "core/base/terminal_text.hpp"

namespace ketrew::client {
namespace {

struct Asked {
  std::vector<std::string> ids, workflows, hosts, backends;
  bool all = false;
};

void describe(Arguments& arguments, Asked& asked) {
  arguments.positionals("id", asked.ids, false, "Jobs, by id or unique prefix")
      .list("-W,--workflow", asked.workflows, "NAME|ID", "All jobs of a workflow; may be repeated")
      .list("-H,--host", asked.hosts, "HOST", "All jobs of a host, as `submit --host` names it; may be repeated")
      .list("-b,--backend", asked.backends, "BACKEND", "All jobs of a backend; may be repeated");
}

Try<Exit> ask(Context& context, const Asked& asked, const char* target) {
  Json body = Json::object();
  if (asked.all) body["all"] = true;
  if (!asked.ids.empty()) {
    const auto prefixes = id_prefixes(asked.ids);
    if (!prefixes) return stop(prefixes.error());
    body["jobs"] = *prefixes;
  }
  for (const auto& [key, list] : {std::pair{"workflows", &asked.workflows}, {"hosts", &asked.hosts},
                                  {"backends", &asked.backends}})
    for (const auto& each : *list) body[key].push_back(bytes_to_json(each));
  if (body.empty())
    return wrong_usage("nothing is named", "give ids, --workflow, --host or --backend");
  // Asking twice is asking once: it may be repeated.
  auto answer = context.call(
      {.method = "POST", .target = target, .body = std::move(body), .repeatable = true});
  if (!answer) return stop(std::move(answer.error()));
  if (context.json) {
    context.console.json(*answer);
    return Exit::done;
  }
  const Json& list = list_at(*answer, "paused");
  if (list.empty()) context.console.line("nothing is paused");
  for (const auto& each : list) {
    const auto what = bytes_from_json(each.value("what", Json("")));
    context.console.line("paused: " + escape_for_terminal(text_at(each, "kind")) + " " +
                         escape_for_terminal(what.value_or("?")));
  }
  return Exit::done;
}

}  // namespace

Try<Exit> pause(Context& context) {
  Asked asked;
  Arguments arguments("ketrew pause",
                      "Starts nothing new of these; what runs goes on. It lasts until `ketrew resume`, also\n"
                      "over restarts of the daemon. Prints all that is paused.",
                      "[ID...] [OPTION]...",
                      "  ketrew pause --workflow nightly\n"
                      "  ketrew pause --backend slurm --host cluster\n");
  describe(arguments, asked);
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  return ask(context, asked, "/v1/pause");
}

Try<Exit> resume(Context& context) {
  Asked asked;
  Arguments arguments("ketrew resume", "Ends pauses. Prints what is paused still.", "[ID...] [OPTION]...",
                      "  ketrew resume --workflow nightly\n"
                      "  ketrew resume --all\n");
  describe(arguments, asked);
  arguments.flag("-a,--all", asked.all, "All that is paused");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  return ask(context, asked, "/v1/resume");
}

}  // namespace ketrew::client
