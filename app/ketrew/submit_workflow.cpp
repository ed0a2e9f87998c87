#include "app/ketrew/submit_workflow.hpp"

#include <climits>
#include <cstdlib>

#include <unistd.h>

#include "app/ketrew/answer.hpp"
#include "app/ketrew/request_key.hpp"
#include "app/ketrew/waiting.hpp"
#include "app/ketrew/workflow_text.hpp"
#include "core/base/terminal_text.hpp"
#include "core/workflow/workflow_file.hpp"

namespace ketrew::client {
namespace {

using workflow::Expanded;

std::string current_directory() {
  char buffer[PATH_MAX];
  const char* current = ::getcwd(buffer, sizeof buffer);
  return current ? current : "";
}

// What people know the file by, later on.
std::string full_path(const std::string& file) {
  char buffer[PATH_MAX];
  return file == "-" || !::realpath(file.c_str(), buffer) ? "" : buffer;
}

Try<workflow::Settings> make_settings(const AskedWorkflow& asked) {
  workflow::Settings settings;
  for (const auto& each : asked.params) {
    const auto equals = each.find('=');
    if (equals == std::string::npos || equals == 0)
      return wrong_usage("\"" + each + "\" is no parameter", "write --param NAME=VALUE");
    if (!settings.params.emplace(each.substr(0, equals), each.substr(equals + 1)).second)
      return wrong_usage("the parameter \"" + each.substr(0, equals) + "\" is given twice");
  }
  settings.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (!value) return {};
    return value;
  };
  settings.directory = current_directory();
  return settings;
}

Try<std::string> read_stdin(Console& console) {
  std::string text;
  char buffer[65536];
  for (std::size_t n; text.size() <= workflow::file_limits.bytes &&
                      (n = std::fread(buffer, 1, sizeof buffer, console.in)) > 0;)
    text.append(buffer, n);
  if (std::ferror(console.in)) return stop(Exit::refused, "stdin cannot be read");
  return text;
}

Try<Expanded> expand(Console& console, const AskedWorkflow& asked) {
  const auto settings = make_settings(asked);
  if (!settings) return stop(settings.error());
  Result<Expanded> expanded;
  if (asked.file == "-") {
    const auto text = read_stdin(console);
    if (!text) return stop(text.error());
    const std::string folder = current_directory();
    expanded = workflow::expand_workflow(*text, "stdin", folder.empty() ? "/" : folder, *settings);
  } else {
    expanded = workflow::expand_workflow_file(asked.file, *settings);
  }
  if (!expanded) return stop(Stop(Exit::refused, expanded.error()));
  return std::move(*expanded);
}

// The daemon names the node that it refuses; here it is known where that was written.
Stop with_place(Stop why, const Expanded& expanded) {
  const std::string node = bytes_at(why.problem, "node");
  if (node.empty()) return why;
  const auto& nodes = expanded.workflow.nodes;
  const std::string pointer = text_at(why.problem, "pointer");
  for (NodeIndex i = 0; i < nodes.size(); ++i)
    if (nodes[i].name == node) why.error.what = expanded.place(i, pointer) + ": " + why.error.what;
  return why;
}

// Of a workflow that is submitted the names are left: there may be a hundred thousand jobs.
Try<Json> send(Context& context, const AskedWorkflow& asked, Expanded& expanded,
               const std::string& key) {
  Target target("/v1/workflows");
  if (asked.dry_run) target.query("dry_run", "true");
  if (const std::string file = full_path(asked.file); !file.empty()) target.query("file", file);
  auto answer = context.call({.method = "POST",
                              .target = target.text(),
                              .text = asked.dry_run ? to_json(expanded.workflow).dump(-1, ' ', false, Json::error_handler_t::replace)
                                                    : take_text(expanded.workflow),
                              .idempotency_key = key});
  if (!answer) return stop(with_place(with_key(std::move(answer.error()), key), expanded));
  return answer;
}

// Without a daemon the file can be looked at all the same.
Try<Exit> dry_run(Context& context, const AskedWorkflow& asked, Expanded& expanded) {
  const auto answer = send(context, asked, expanded, "");
  const bool no_daemon = !answer && answer.error().exit == Exit::no_daemon;
  if (!answer && !no_daemon) return stop(answer.error());
  if (context.json)
    context.console.json(
        {{"dry_run", true},
         {"checked", !no_daemon},
         {"workflow", answer ? object_at(*answer, "workflow") : to_json(expanded.workflow)}});
  else
    print_workflow(context.console, expanded.workflow);
  if (no_daemon)
    context.console.complain(
        "ketrew: no daemon answers: backends, hosts and options were not checked");
  return Exit::done;
}

void tell(Console& console, const Json& answer) {
  std::string text;
  const Json& nodes = list_at(answer, "nodes");
  for (const auto& node : nodes)
    text += escape_for_terminal(bytes_at(node, "name")) + "\t" +
            escape_for_terminal(text_at(node, "id")) + "\n";
  console.print(text);
  const std::string id = text_at(object_at(answer, "workflow"), "id");
  console.complain("workflow " + escape_for_terminal(id) + ": " + std::to_string(nodes.size()) +
                   (nodes.size() == 1 ? " node" : " nodes"));
}

}  // namespace

Try<Exit> submit_workflow(Context& context, const AskedWorkflow& asked) {
  auto expanded = expand(context.console, asked);
  if (!expanded) return stop(expanded.error());
  if (asked.dry_run) return dry_run(context, asked, *expanded);
  const auto answer = send(context, asked, *expanded, asked.key.empty() ? random_key() : asked.key);
  if (!answer) return stop(answer.error());
  if (context.json && !asked.wait) context.console.json(*answer);
  if (!context.json) tell(context.console, *answer);
  if (!asked.wait) return Exit::done;
  context.console.flush();
  std::vector<std::string> ids;
  for (const auto& node : list_at(*answer, "nodes")) ids.push_back(text_at(node, "id"));
  return wait_for_jobs(context, ids, {}, false);
}

}  // namespace ketrew::client
