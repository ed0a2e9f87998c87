#include "app/ketrew/answer.hpp"
#include "app/ketrew/command.hpp"
#include "core/model/filter.hpp"

namespace ketrew::client {

Try<Exit> archive(Context& context) {
  std::string age, where;
  Arguments arguments(
      "ketrew archive",
      "Moves jobs that ended longer ago than this, with their history, out of the database. Those that\n"
      "unfinished jobs depend on stay.",
      "--older-than T [--where EXPR]",
      "  ketrew archive --older-than 30d\n"
      "  ketrew archive --older-than 1d --where 'state = succeeded and tag = night'\n");
  arguments.option("--older-than", age, "T", "How long ago: 12h, 30d (needed)")
      .option("--where", where, "EXPR", "Of these only those for which this holds: see app/README.md");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  if (age.empty()) return wrong_usage("archive needs --older-than", "for example --older-than 30d");
  if (!parse_duration(age))
    return wrong_usage("\"" + age + "\" is no duration", "write 12h or 30d");

  if (const auto filter = filter::parse(where); !filter)
    return wrong_usage(filter.error().what, filter.error().hint);
  Json body{{"older_than", age}};
  if (!where.empty()) body["where"] = where;
  // What has been moved is not moved again: it may be repeated.
  auto answer = context.call({.method = "POST",
                              .target = "/v1/archive",
                              .body = std::move(body),
                              .repeatable = true});
  if (!answer) return stop(std::move(answer.error()));
  if (context.json) {
    context.console.json(*answer);
    return Exit::done;
  }
  const auto count = integer_at(*answer, "archived").value_or(0);
  context.console.line(std::to_string(count) + (count == 1 ? " job" : " jobs") + " archived");
  return Exit::done;
}

}  // namespace ketrew::client
