#include "app/ketrew/answer.hpp"
#include "app/ketrew/jobs.hpp"
#include "app/ketrew/output.hpp"
#include "app/ketrew/watcher.hpp"
#include "core/model/state.hpp"

namespace ketrew::client {
namespace {

constexpr Milliseconds look_again(500);  // output grows without an event

bool is_over(const std::string& word) {
  const auto state = parse_state(word);
  return state && is_final(*state);
}

// Prints what is there and what comes, until the job is over. A new attempt begins a new file.
Try<Exit> follow(Context& context, const Json& first, const std::string& query) {
  const std::string id = text_at(first, "id");
  Watcher watcher(context, {id});
  if (auto opened = watcher.open(); !opened) return stop(std::move(opened.error()));
  auto job = job_by_id(context, id);
  if (!job) return stop(std::move(job.error()));
  bool over = is_over(text_at(*job, "state"));
  std::int64_t attempt = integer_at(*job, "attempt").value_or(0), offset = 0;
  while (true) {
    // Whether it was over is asked before its output is read: so the last bytes are in it.
    const bool last = over;
    if (attempt > 0) {
      // While it runs, an output that cannot be read may come yet: the backend may be away.
      if (auto read = print_output(context, id, query, offset); !read && last)
        return stop(std::move(read.error()));
      if (!context.console.flush()) return Exit::done;  // nobody reads any more
    }
    if (last) return Exit::done;
    auto next = watcher.next(MonoClock::now() + look_again);
    if (!next) return stop(std::move(next.error()));
    std::int64_t now = attempt;
    if (next->resumed) {
      job = job_by_id(context, id);
      if (!job) return stop(std::move(job.error()));
      over = is_over(text_at(*job, "state"));
      now = integer_at(*job, "attempt").value_or(attempt);
    } else if (next->transition && next->transition->job == id) {
      over = over || is_over(next->transition->to);
      now = std::max(now, next->transition->attempt);
    }
    if (now != attempt) offset = 0;
    attempt = now;
  }
}

}  // namespace

Try<Exit> logs(Context& context) {
  std::string id;
  bool errors = false, follows = false;
  Arguments arguments("ketrew logs", "A job's output, byte for byte.", "ID [--stderr] [--follow]",
                      "  ketrew logs 01jd3k\n"
                      "  ketrew logs 01jd3k --stderr --follow\n");
  arguments.positional("id", id, true, "The job")
      .flag("-e,--stderr", errors, "What it wrote to stderr, instead of stdout")
      .flag("-f,--follow", follows, "Go on until the job has ended");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  const std::string query = errors ? "stderr" : "stdout";

  auto job = job_by_id(context, id);
  if (!job) return stop(std::move(job.error()));
  const std::string whole = text_at(*job, "id");
  if (follows) {
    if (context.json) return wrong_usage("--follow with --json", "one of the two");
    return follow(context, *job, query);
  }
  // A failure here is about the output: the job is there.
  const auto refused = [](Stop why) {
    if (why.exit == Exit::no_job) why.exit = Exit::refused;
    return stop(std::move(why));
  };
  if (context.json) {
    auto piece = read_piece(context, whole, query, 0, std::int64_t{256} << 20);
    if (!piece) return refused(std::move(piece.error()));
    context.console.json(
        {{"id", whole},
         {query, bytes_to_json(piece->bytes)},
         {"size", piece->size.value_or(static_cast<std::int64_t>(piece->bytes.size()))}});
    return Exit::done;
  }
  std::int64_t offset = 0;
  auto printed = print_output(context, whole, query, offset);
  if (!printed) return refused(std::move(printed.error()));
  return Exit::done;
}

}  // namespace ketrew::client
