#include "app/ketrew/answer.hpp"
#include "app/ketrew/command.hpp"
#include "core/base/terminal_text.hpp"
#include "core/model/filter.hpp"

namespace ketrew::client {
namespace {

std::string line(const Json& text) {
  return text.is_string() ? escape_for_terminal(one_line(text.get<std::string>(), 200)) : "";
}

void tell(Console& console, const Json& cluster) {
  const auto jobs = integer_at(cluster, "jobs").value_or(0);
  const std::string kind = text_at(cluster, "class"), message = line(cluster.value("message", Json())),
                    pattern = line(cluster.value("pattern", Json()));
  console.line(styled(std::to_string(jobs) + (jobs == 1 ? " job" : " jobs"), "1", console.colour) +
               (kind.empty() ? "" : ", " + escape_for_terminal(kind)) + ": " + message);
  if (!pattern.empty() && pattern != message) console.line("    " + pattern);
  const Json& said = object_at(cluster, "stderr");
  const std::string of = " of " + std::to_string(integer_at(said, "looked_at").value_or(0));
  for (const auto& each : list_at(said, "last_lines")) {
    const std::string words = line(each.value("line", Json()));
    console.line("    stderr" + (words.empty() ? " is empty" : ": " + words) + "  (" +
                 std::to_string(integer_at(each, "jobs").value_or(0)) + of + ", such as " +
                 escape_for_terminal(text_at(each, "id")) + ")");
  }
  std::string hosts;
  for (const auto& each : list_at(cluster, "hosts"))
    hosts += (hosts.empty() ? "" : ", ") + line(each.value("host", Json())) + " (" +
             std::to_string(integer_at(each, "jobs").value_or(0)) + ")";
  const auto more = integer_at(cluster, "host_count").value_or(0) -
                    static_cast<std::int64_t>(list_at(cluster, "hosts").size());
  if (more > 0) hosts += ", and " + std::to_string(more) + " more";
  console.line("    on " + hosts);
  const Json& sample = object_at(cluster, "sample");
  const auto name = bytes_from_json(sample.value("name", Json("")));
  console.line("    such as " + escape_for_terminal(text_at(sample, "id")) +
               (name && !name->empty() ? "  " + escape_for_terminal(one_line(*name, 60)) : ""));
}

}  // namespace

Try<Exit> failures(Context& context) {
  std::string where;
  Arguments arguments(
      "ketrew failures",
      "Jobs that failed by themselves, those together that failed in the same words: numbers, paths\n"
      "and ids do not count. The largest first, with what some of them wrote last to stderr.",
      "[--where EXPR]",
      "  ketrew failures\n"
      "  ketrew failures --where 'workflow = nightly and since-end < 1d'\n");
  arguments.option("--where", where, "EXPR", "Only jobs for which this holds: see app/README.md");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  if (const auto filter = filter::parse(where); !filter)
    return wrong_usage(filter.error().what, filter.error().hint);

  Target target("/v1/failures");
  if (!where.empty()) target.query("where", where);
  auto answer = context.get(target);
  if (!answer) return stop(std::move(answer.error()));
  if (context.json) {
    context.console.json(*answer);
    return Exit::done;
  }
  const Json& clusters = list_at(*answer, "clusters");
  if (clusters.empty()) context.console.line("no failures");
  for (const auto& cluster : clusters) tell(context.console, cluster);
  if (!true_at(*answer, "complete"))
    context.console.complain("these are the newest " +
                             std::to_string(integer_at(*answer, "looked_at").value_or(0)) + " only");
  return Exit::done;
}

}  // namespace ketrew::client
