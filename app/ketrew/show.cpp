#include "app/ketrew/answer.hpp"
#include "app/ketrew/job_view.hpp"
#include "app/ketrew/jobs.hpp"
#include "app/ketrew/output.hpp"
#include "core/model/program.hpp"

namespace ketrew::client {
namespace {

constexpr std::int64_t end_of_output = 2048;  // bytes

std::string shown(const Json& value) {
  if (value.is_string()) return escape_for_terminal(value.get<std::string>());
  if (const auto bytes = bytes_from_json(value)) return escape_for_terminal(*bytes);
  return escape_for_terminal(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string when(const Json& job, const char* key, Wall now) {
  const auto time = time_at(job, key);
  if (!time) return "";
  return to_rfc3339(*time) + "  (" + format_ago(*time, now) + ")";
}

std::string facts(const Json& job, Wall now, const Console& console) {
  std::vector<std::vector<Cell>> rows;
  const auto add = [&](const char* label, const std::string& value, const std::string& style = "") {
    if (!value.empty()) rows.push_back({{label, "2"}, {value, style}});
  };
  const auto add_json = [&](const char* label, const char* key) {
    if (job.contains(key) && !job[key].is_null() && !job[key].empty()) add(label, shown(job[key]));
  };
  const std::string state = text_at(job, "state"), remark = job_remark(job);
  add("name", escape_for_terminal(bytes_at(job, "name")));
  add("state", escape_for_terminal(state) + (remark.empty() ? "" : "  " + remark),
      state_style(state));
  add("backend", escape_for_terminal(text_at(job, "backend")));
  add("host", escape_for_terminal(text_at(job, "host")));
  if (const auto program = program_from_json(job.value("program", Json()))) {
    add("program", escape_for_terminal(to_display(*program, 2000)));
    add("directory", escape_for_terminal(program->directory));
    for (const auto& [name, value] : program->environment)
      add("environment", escape_for_terminal(name + "=" + one_line(value, 200)));
  }
  add_json("options", "options");
  std::vector<std::string> tags;
  for (const auto& tag : list_at(job, "tags")) tags.push_back(shown(tag));
  add("tags", join(tags, ", "));
  add_json("metadata", "metadata");
  add("submitted", when(job, "submitted_at", now));
  add("started", when(job, "started_at", now));
  add("ended", when(job, "ended_at", now));
  add("took", job_took(job, now));
  if (const auto attempt = integer_at(job, "attempt"); attempt && *attempt)
    add("attempt", std::to_string(*attempt) + "  " + escape_for_terminal(text_at(job, "token")));
  add_json("usage", "usage");
  add("restart of", escape_for_terminal(text_at(job, "restart_of")));
  std::vector<std::string> restarts;
  for (const auto& id : list_at(job, "restarted_as")) restarts.push_back(shown(id));
  add("restarted as", join(restarts, ", "));
  return render_table(rows, 0, console.colour);
}

std::string history_table(const Json& history, const Console& console) {
  std::vector<std::vector<Cell>> rows;
  for (const auto& entry : list_at(history, "history")) {
    const std::string to = text_at(entry, "to");
    std::string text = one_line(text_at(entry, "reason"), 300);
    const Json& evidence = object_at(entry, "evidence");
    if (const auto command = text_at(evidence, "command"); !command.empty()) {
      text += (text.empty() ? "" : "  ") + std::string("[") + one_line(command, 120);
      if (const auto code = integer_at(evidence, "exit_code"))
        text += " -> " + std::to_string(*code);
      text += "]";
    }
    if (const auto words = text_at(evidence, "words"); !words.empty())
      text += (text.empty() ? "\"" : "  \"") + one_line(words, 200) + "\"";
    rows.push_back({{text_at(entry, "at"), "2"},
                    {escape_for_terminal(to), state_style(to)},
                    {escape_for_terminal(text)}});
  }
  return render_table(rows, console.width, console.colour);
}

// The last lines, each on a line of its own, safe to show.
std::string indented(const std::string& bytes) {
  std::string out;
  for (const auto& line : split(trim(bytes), '\n')) out += "  " + escape_for_terminal(line) + "\n";
  return out;
}

// What a part could not tell is said in its place: the rest is still worth showing.
Json part(Try<Json> answer) {
  if (answer) return std::move(*answer);
  return Json{{"problem", answer.error().error.text()}};
}

Json end_of(Context& context, const std::string& id, const char* query) {
  auto piece = read_piece(context, id, query, -end_of_output, end_of_output);
  return part(piece ? Try<Json>(std::move(piece->document)) : Try<Json>(stop(piece.error())));
}

void print_section(Console& console, const std::string& title, const std::string& body,
                   const Json& from) {
  const std::string problem = text_at(from, "problem");
  if (body.empty() && problem.empty()) return;
  console.line("\n" + styled(title, "1", console.colour));
  console.print(problem.empty() ? body : "  (" + escape_for_terminal(problem) + ")\n");
}

}  // namespace

Try<Exit> show(Context& context) {
  std::string id;
  Arguments arguments(
      "ketrew show",
      "Everything about one job: what was asked for, its history, what its backend says,\n"
      "the end of its output, and what else there is to ask.",
      "ID", "  ketrew show 01jd3k\n");
  arguments.positional("id", id, true, "The job");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;

  auto found = job_by_id(context, id);
  if (!found) return stop(std::move(found.error()));
  Json& job = *found;
  const std::string whole = text_at(job, "id");
  const auto about = [&](const char* what) {
    return part(context.get(Target("/v1/jobs").segment(whole).segment(what)));
  };
  const Json history = about("history");
  Json log, queries, out, err;
  if (integer_at(job, "attempt").value_or(0) > 0) {
    log = about("log");
    queries = about("queries");
    std::set<std::string> names;
    for (const auto& each : list_at(queries, "queries")) names.insert(text_at(each, "name"));
    if (names.count("stdout")) out = end_of(context, whole, "stdout");
    if (names.count("stderr")) err = end_of(context, whole, "stderr");
  }
  Console& console = context.console;
  if (context.json) {
    job["history"] = list_at(history, "history");
    job["log"] = log;
    job["queries"] = list_at(queries, "queries");
    job["output"] = {{"stdout", out}, {"stderr", err}};
    console.json(job);
    return Exit::done;
  }
  console.line(styled(escape_for_terminal(whole), "1", console.colour));
  console.print(facts(job, wall_now(), console));
  print_section(console, "History", history_table(history, console), history);
  std::vector<std::vector<Cell>> rows;
  for (const auto& value : list_at(log, "values"))
    rows.push_back({{escape_for_terminal(bytes_at(value, "label")), "2"},
                    {shown(value.value("value", Json()))}});
  print_section(console, "Backend", render_table(rows, 0, console.colour), log);
  print_section(console, "End of stdout", indented(bytes_at(out, "text")), out);
  print_section(console, "End of stderr", indented(bytes_at(err, "text")), err);
  rows.clear();
  for (const auto& each : list_at(queries, "queries"))
    rows.push_back({{"ketrew query " + whole + " " + escape_for_terminal(text_at(each, "name"))},
                    {escape_for_terminal(text_at(each, "description")), "2"}});
  print_section(console, "Ask more", render_table(rows, 0, console.colour), queries);
  return Exit::done;
}

}  // namespace ketrew::client
