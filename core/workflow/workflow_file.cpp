#include "core/workflow/workflow_file.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "core/base/file.hpp"
#include "core/workflow/expansion.hpp"

namespace ketrew::workflow {
namespace {

using yaml::Node;
using Params = std::map<std::string, std::string>;

// The defaults of the main file win over those of the files that it includes: it comes last.
Params read_params(Documents& documents, const Settings& settings, Scope scope) {
  auto& problems = documents.problems;
  scope.params = nullptr;
  Params params;
  std::map<std::string, yaml::Place> without_value;
  std::vector<std::string> known;
  for (const auto& document : documents.all) {
    if (!document.params) continue;
    for (const auto& [name, value] : document.params->entries) {
      known.push_back(name.text);
      if (name.text.empty() || name.text.find_first_of("${}:=") != std::string::npos)
        problems.add(name.place, "\"" + one_line(name.text, 60) + "\" cannot name a parameter",
                     "without $ { } : =");
      if (settings.params.count(name.text)) continue;
      if (value.kind == Node::Kind::null) {
        if (!params.count(name.text)) without_value.emplace(name.text, name.place);
        continue;
      }
      without_value.erase(name.text);
      if (value.kind != Node::Kind::scalar) {
        problems.add(value.place, "a parameter is " + yaml::describe(value),
                     "expected a text: its default; or nothing, if it has to be given");
        continue;
      }
      auto read = read_template(value.text, Reader::plain, value.place, scope);
      if (read)
        params[name.text] = read->pieces[0].text;
      else
        problems.add(value.place, read.error());
    }
  }
  for (const auto& [name, place] : without_value)
    problems.add(place, "the parameter \"" + one_line(name, 60) + "\" has no value",
                 "give it one: --param " + one_line(name, 60) + "=VALUE");
  for (const auto& [name, value] : settings.params) {
    params[name] = value;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = nearest(name, known);
    problems.add({}, "unknown parameter \"" + one_line(name, 60) + "\"",
                 !near.empty()   ? "did you mean \"" + near + "\"?"
                 : known.empty() ? "this workflow has none"
                                 : "there are: " + one_line(join(known, ", "), 200));
  }
  return params;
}

std::vector<NodeText> read_nodes(Documents& documents, const Scope& scope, Values& values) {
  auto& problems = documents.problems;
  std::vector<NodeText> nodes;
  std::map<std::string, yaml::Place> names;
  for (auto& document : documents.all) {
    if (!document.defaults.empty() && document.defaults[0]->place.file == document.root.place.file)
      check_defaults(*document.defaults[0], problems);
    if (!document.nodes) continue;
    for (auto& [name, node] : document.nodes->entries) {
      if (auto checked = check_node_name(name.text); !checked)
        problems.add(name.place, checked.error());
      const auto [other, is_new] = names.emplace(name.text, name.place);
      if (!is_new)
        problems.add(
            name.place, "there is a node \"" + one_line(name.text, 60) + "\" already",
            "in " + problems.file(other->second.file) + ":" + std::to_string(other->second.line));
      nodes.push_back(
          read_node(name.text, node, document.defaults, document.folder, scope, values, problems));
      nodes.back().place = name.place;
      node = Node();
      if (problems.any()) return nodes;
    }
  }
  if (nodes.empty()) problems.add({}, "no \"nodes\"", "write nodes:, then a name for each");
  return nodes;
}

}  // namespace

std::string Expanded::place(NodeIndex node, const std::string& pointer) const {
  const Declared& there = declared[declaration[node]];
  yaml::Place place = there.node;
  if (pointer == "/backend") place = there.backend.value_or(place);
  if (pointer == "/host") place = there.host.value_or(place);
  for (const auto& [name, at] : there.options)
    if (pointer == (Json::json_pointer("/options") / name).to_string()) place = at;
  return files[static_cast<std::size_t>(place.file)] + ":" + std::to_string(place.line) + ":" +
         std::to_string(place.column);
}

Result<Expanded> expand_workflow(std::string_view text, const std::string& file,
                                 const std::string& folder, const Settings& settings) {
  Documents documents(file);
  read_documents(text, file, folder, documents);
  if (auto wrong = documents.problems.first()) return pass(std::move(*wrong));
  Scope scope;
  std::size_t room = max_expanded_bytes;
  scope.room = &room;
  scope.environment = settings.environment;
  scope.workflow_name = documents.name;
  scope.workflow_directory = folder;
  const Params params = read_params(documents, settings, scope);
  if (auto wrong = documents.problems.first()) return pass(std::move(*wrong));
  scope.params = &params;
  Values values;
  std::vector<NodeText> nodes = read_nodes(documents, scope, values);
  if (auto wrong = documents.problems.first()) return pass(std::move(*wrong));
  documents.all.clear();  // the largest of all that is in memory
  auto expanded = Expansion(nodes, values, documents.problems, settings).run();
  if (expanded) expanded->workflow.name = documents.name;
  return expanded;
}

Result<Expanded> expand_workflow_file(const std::string& file, const Settings& settings) {
  const auto text = read_file(file, file_limits.bytes + 1);
  if (!text) return pass(text.error());
  char real[PATH_MAX];
  if (!::realpath(file.c_str(), real)) return fail_errno(file, errno);
  const std::string path = real;
  return expand_workflow(*text, file, path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)),
                         settings);
}

}  // namespace ketrew::workflow
