#include "app/ketrew/answer.hpp"
#include "app/ketrew/job_view.hpp"
#include "app/ketrew/jobs.hpp"
#include "app/ketrew/output.hpp"

namespace ketrew::client {

Try<Exit> query(Context& context) {
  std::string id, name;
  Arguments arguments(
      "ketrew query",
      "What else the backend can tell about a job; without a name: what there is to ask.",
      "ID [NAME]",
      "  ketrew query 01jd3k\n"
      "  ketrew query 01jd3k script\n");
  arguments.positional("id", id, true, "The job").positional("name", name, false, "What to ask");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;

  auto job = job_by_id(context, id);
  if (!job) return stop(std::move(job.error()));
  const std::string whole = text_at(*job, "id");
  // From here on the job is there: what is not found is the query, which is a refusal.
  const auto refused = [](Stop why) {
    if (why.exit == Exit::no_job) why.exit = Exit::refused;
    return stop(std::move(why));
  };
  if (name.empty()) {
    auto answer = context.get(Target("/v1/jobs").segment(whole).segment("queries"));
    if (!answer) return refused(std::move(answer.error()));
    if (context.json) {
      context.console.json(*answer);
      return Exit::done;
    }
    std::vector<std::vector<Cell>> rows;
    for (const auto& each : list_at(*answer, "queries"))
      rows.push_back({{escape_for_terminal(text_at(each, "name")), "1"},
                      {escape_for_terminal(text_at(each, "description"))}});
    context.console.print(render_table(rows, context.console.width, context.console.colour));
    return Exit::done;
  }
  if (context.json) {
    auto piece = read_piece(context, whole, name, 0, std::int64_t{256} << 20);
    if (!piece) return refused(std::move(piece.error()));
    context.console.json(piece->document);
    return Exit::done;
  }
  std::int64_t offset = 0;
  auto printed = print_output(context, whole, name, offset);
  if (!printed) return refused(std::move(printed.error()));
  return Exit::done;
}

}  // namespace ketrew::client
