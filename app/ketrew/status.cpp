#include "app/ketrew/answer.hpp"
#include "app/ketrew/job_view.hpp"
#include "app/ketrew/jobs.hpp"
#include "app/ketrew/watcher.hpp"
#include "app/ketrew/workflow_view.hpp"
#include "core/model/filter.hpp"
#include "core/model/state.hpp"

namespace ketrew::client {
namespace {

constexpr std::size_t screenful = 50, pipeful = 1000;

struct Asked {
  std::vector<std::string> ids, tags, states;
  bool all = false, watch = false;
  int limit = -1;
  std::string where, workflow;
  bool workflows = false;
};

// What is wrong with the daemon, its disk or its backends: one line each.
std::string troubles(const Json& status, bool colour) {
  std::string text;
  for (const auto& problem : list_at(object_at(status, "daemon"), "problems"))
    text += styled("! " + escape_for_terminal(problem.is_string() ? problem.get<std::string>()
                                                                  : problem.dump()),
                   "33", colour) +
            "\n";
  for (const auto& pause : list_at(status, "paused")) {
    const auto what = bytes_from_json(pause.value("what", Json("")));
    text += styled("! paused: " + escape_for_terminal(text_at(pause, "kind")) + " " +
                       escape_for_terminal(what.value_or("?")),
                   "33", colour) +
            "\n";
  }
  for (const auto& backend : list_at(status, "backends")) {
    const std::string state = text_at(backend, "state"), problem = text_at(backend, "problem");
    if (state.empty() || (state == "ready" && problem.empty())) continue;
    text +=
        styled("! backend " + escape_for_terminal(text_at(backend, "name")) + " is " +
                   escape_for_terminal(state + (problem.empty() ? "" : ": " + one_line(problem))),
               "33", colour) +
        "\n";
  }
  return text;
}

Parameters parameters_of(const Asked& asked) {
  Parameters parameters;
  for (const auto& state : asked.states) parameters.emplace_back("state", state);
  for (const auto& tag : asked.tags) parameters.emplace_back("tag", tag);
  if (!asked.where.empty()) parameters.emplace_back("where", asked.where);
  if (!asked.workflow.empty()) parameters.emplace_back("workflow", asked.workflow);
  if (!asked.all && asked.states.empty() && asked.where.empty() && asked.workflow.empty())
    parameters.emplace_back("since", to_rfc3339(wall_now() - std::chrono::hours(24)));
  return parameters;
}

Try<bool> fetch(Context& context, const Asked& asked, std::size_t limit, Json& status,
                std::vector<Json>& jobs) {
  auto answer = context.get(Target("/v1/status"));
  if (!answer) return stop(std::move(answer.error()));
  status = std::move(*answer);
  if (!asked.workflow.empty()) {
    auto standing = context.get(Target("/v1/workflows").segment(asked.workflow));
    if (!standing) return stop(std::move(standing.error()));
    status["totals"] = object_at(*standing, "totals");
    status["workflow"] = std::move(*standing);
  }
  const auto take = [&](Json& job) { jobs.push_back(std::move(job)); };
  if (!asked.ids.empty()) return jobs_by_id(context, asked.ids, take);
  return list_jobs(context, parameters_of(asked), limit, take).map([](bool more) { return !more; });
}

std::size_t limit_of(const Asked& asked, const Console& console) {
  if (asked.limit >= 0) return static_cast<std::size_t>(asked.limit);
  return console.out_is_terminal ? screenful : pipeful;
}

void tell_left_out(Console& console, std::size_t shown) {
  const std::string text = "the newest " + std::to_string(shown) + "; all of them: --limit 0";
  if (console.out_is_terminal)
    console.line(styled(text, "2", console.colour));
  else
    console.complain(text);  // whoever reads the table reads rows only
}

Try<bool> show_once(Context& context, const Asked& asked, std::size_t limit) {
  Console& console = context.console;
  Json status;
  std::vector<Json> jobs;
  const auto complete = fetch(context, asked, limit, status, jobs);
  if (!complete) return complete;
  console.print(troubles(status, console.colour));
  if (status.contains("workflow"))
    console.print(workflow_table({status["workflow"]}, console.width, console.colour));
  else
    console.line(totals_line(object_at(status, "totals"), console.colour));
  if (!jobs.empty())
    console.print("\n" + job_table(jobs, wall_now(), console.width, console.colour));
  if (!*complete) tell_left_out(console, jobs.size());
  return true;
}

Try<Exit> as_json(Context& context, const Asked& asked) {
  Json status;
  std::vector<Json> jobs;
  const auto complete =
      fetch(context, asked, asked.limit < 0 ? pipeful : static_cast<std::size_t>(asked.limit), status,
            jobs);
  if (!complete) return stop(complete.error());
  Json document{{"totals", object_at(status, "totals")}};
  if (status.contains("workflow")) document["workflow"] = status["workflow"];
  if (!*complete) {
    document["more"] = true;
    tell_left_out(context.console, jobs.size());
  }
  document["jobs"] = std::move(jobs);
  context.console.json(document);
  return Exit::done;
}

// On a terminal the table is drawn again as things happen; elsewhere each transition is a line.
Try<Exit> watch(Context& context, const Asked& asked) {
  Console& console = context.console;
  std::vector<std::string> ids;
  if (!asked.ids.empty()) {
    auto found =
        jobs_by_id(context, asked.ids, [&](Json& job) { ids.push_back(text_at(job, "id")); });
    if (!found) return stop(std::move(found.error()));
  }
  Watcher watcher(context, ids);
  if (auto opened = watcher.open(); !opened) return stop(std::move(opened.error()));
  constexpr Milliseconds fastest(250), slowest(5000);  // between two drawings
  Mono drawn{};
  bool changed = true;
  while (true) {
    const Mono now = MonoClock::now();
    if (console.out_is_terminal &&
        ((changed && now >= drawn + fastest) || now >= drawn + slowest)) {
      console.print("\x1b[H\x1b[2J");
      if (auto shown = show_once(context, asked, limit_of(asked, console)); !shown)
        return stop(std::move(shown.error()));
      console.flush();
      drawn = MonoClock::now();
      changed = false;
    }
    auto next = watcher.next(!console.out_is_terminal ? now + std::chrono::hours(1)
                             : changed                ? drawn + fastest
                                                      : drawn + slowest);
    if (!next) return stop(std::move(next.error()));
    changed = changed || next->resumed || next->transition;
    if (console.out_is_terminal || !next->transition) continue;
    const Transition& one = *next->transition;
    if (context.json)
      console.json(one.document);
    else
      console.line(text_at(one.document, "at") + "  " + escape_for_terminal(one.job) + "  " +
                   escape_for_terminal(one.from) + " -> " + escape_for_terminal(one.to) +
                   (one.reason.empty() ? "" : "  " + escape_for_terminal(one_line(one.reason))));
    if (!console.flush()) return Exit::done;  // nobody reads any more
  }
}

Try<Exit> list_workflows(Context& context, std::size_t limit) {
  Json list = Json::array();
  std::string cursor;
  while (true) {
    Target target("/v1/workflows");
    if (limit) target.query("limit", std::to_string(std::min<std::size_t>(1000, limit - list.size())));
    if (!cursor.empty()) target.query("cursor", cursor);
    auto answer = context.get(target);
    if (!answer) return stop(std::move(answer.error()));
    for (const auto& each : list_at(*answer, "workflows")) list.push_back(each);
    cursor = text_at(*answer, "next_cursor");
    if (cursor.empty() || (limit && list.size() >= limit)) break;
  }
  Console& console = context.console;
  if (context.json) {
    console.json({{"workflows", std::move(list)}});
  } else if (list.empty()) {
    console.line("no workflows");
  } else {
    console.print(workflow_table(list.get<std::vector<Json>>(), console.width, console.colour));
    if (!cursor.empty()) tell_left_out(console, list.size());
  }
  return Exit::done;
}

}  // namespace

Try<Exit> status(Context& context) {
  Asked asked;
  Arguments arguments(
      "ketrew status",
      "Totals, then a table of jobs, newest first: the unfinished, and those that ended\n"
      "in the last day.",
      "[ID...] [OPTION]...",
      "  ketrew status\n"
      "  ketrew status --state failed --state lost\n"
      "  ketrew status --tag nightly --watch\n"
      "  ketrew status --where 'root-failure and age < 2d and not name ~ test'\n"
      "  ketrew status --workflows\n"
      "  ketrew status --workflow nightly --where root-failure\n"
      "  ketrew status --all --json | jq .totals\n");
  arguments.positionals("id", asked.ids, false, "Only these jobs")
      .flag("-a,--all", asked.all, "Also those that ended longer ago")
      .list("-t,--tag", asked.tags, "TAG", "Only jobs with this tag")
      .list("-s,--state", asked.states, "STATE", "Only jobs in this state; may be repeated")
      .number("-n,--limit", asked.limit, 0, 1'000'000'000,
              "At most so many; 0: all (default: 50 on a terminal, else 1000)")
      .option("--where", asked.where, "EXPR",
              "Only jobs for which this holds, however long ago they ended: see app/README.md")
      .option("-W,--workflow", asked.workflow, "NAME|ID",
              "The jobs of this workflow (of a name's newest), and how far it got")
      .flag("--workflows", asked.workflows, "How far each workflow got, newest first")
      .flag("-w,--watch", asked.watch, "Go on showing what happens");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  if (!asked.where.empty() && !asked.ids.empty())
    return wrong_usage("--where and ids do not go together", "write `id = ID` in the filter");
  if (const auto filter = filter::parse(asked.where); !filter)
    return wrong_usage(filter.error().what, filter.error().hint);
  if (!asked.workflow.empty() && !asked.ids.empty())
    return wrong_usage("--workflow and ids do not go together", "give one of them");
  if (asked.workflows) return list_workflows(context, limit_of(asked, context.console));
  if (asked.tags.size() > 1) return wrong_usage("--tag is given twice", "one tag at a time");
  for (const auto& word : asked.states)
    if (!parse_state(word)) {
      std::vector<std::string> words;
      for (const State state : all_states) words.emplace_back(to_string(state));
      const std::string near = nearest(word, words);
      return wrong_usage(
          "\"" + word + "\" is no state of a job",
          near.empty() ? "there are: " + join(words, ", ") : "did you mean \"" + near + "\"?");
    }
  if (asked.watch) return watch(context, asked);
  if (context.json) return as_json(context, asked);
  auto shown = show_once(context, asked, limit_of(asked, context.console));
  if (!shown) return stop(std::move(shown.error()));
  return Exit::done;
}

}  // namespace ketrew::client
