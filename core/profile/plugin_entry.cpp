#include "core/profile/plugin_entry.hpp"

#include "core/base/file.hpp"
#include "core/profile/find.hpp"

namespace ketrew::profile {
namespace {

bool is_plain_name(const std::string& name) {
  if (name.empty() || name.size() > 64 || name[0] == '-' || name[0] == '.') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

// Relative paths count from the folder of the profile file.
std::string absolute(const std::string& path, const std::string& file) {
  if (path.empty() || path[0] == '/') return path;
  const auto slash = file.rfind('/');
  return path_join(slash == std::string::npos ? "." : file.substr(0, slash + 1), path);
}

std::string name_of_module(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  if (name.size() > 3 && name.compare(name.size() - 3, 3, ".so") == 0) name.resize(name.size() - 3);
  if (name.size() > 3 && name.compare(0, 3, "lib") == 0) name.erase(0, 3);
  return name;
}

void read_deadlines(const yaml::Node& node, yaml::Problems& problems, Deadlines& deadlines) {
  yaml::MapReader map(node, "\"deadlines\"", problems);
  const auto take = [&](const char* key, Milliseconds& value) {
    map.duration(key, Milliseconds(10), std::chrono::hours(24), value);
  };
  take("start", deadlines.start);
  take("find", deadlines.find);
  take("update", deadlines.update);
  take("kill", deadlines.kill);
  take("query", deadlines.query);
  take("check", deadlines.check);
}

void read_command(const yaml::Node& node, yaml::Problems& problems, Plugin& plugin) {
  if (node.kind != yaml::Node::Kind::list || node.items.empty()) {
    problems.add(node.place, "\"exec\" of a plugin is " + describe(node),
                 "expected a list: the program and its arguments");
    return;
  }
  for (const auto& item : node.items) {
    if (item.kind != yaml::Node::Kind::scalar || (item.text.empty() && plugin.command.empty())) {
      problems.add(item.place, "\"exec\" of a plugin has " + describe(item) + " in it",
                   "expected the program and its arguments as texts");
      return;
    }
    std::string word = item.text;
    // Only these: an argument with a '$' in its middle is the program's own business.
    if (!word.empty() && (word[0] == '~' || word[0] == '$')) {
      auto expanded = expand(word);
      if (!expanded) {
        problems.add(item.place, expanded.error());
        return;
      }
      word = std::move(*expanded);
    }
    if (plugin.command.empty() && word.find('/') != std::string::npos)
      word = absolute(word, problems.file());
    plugin.command.push_back(std::move(word));
  }
}

}  // namespace

Plugin read_plugin(const yaml::Node& node, yaml::Problems& problems) {
  Plugin plugin;
  const Error here = yaml::error_at(problems.file(), node.place, "");
  plugin.where = here.what.substr(0, here.what.size() - 2);  // without the ": "
  yaml::MapReader map(node, "a plugin", problems);
  const bool package = map.text("package", plugin.package);
  const bool path = map.text("path", plugin.path);
  const yaml::Node* exec = map.node("exec");
  const bool given = map.text("name", plugin.name);
  map.map("options", plugin.options);
  if (const yaml::Node* deadlines = map.node("deadlines"))
    read_deadlines(*deadlines, problems, plugin.deadlines);
  if (node.kind == yaml::Node::Kind::null)
    problems.add(node.place, "a plugin is nothing",
                 "give one: package: NAME, path: FILE.so or exec: [PROGRAM, ARG...]");
  if (node.kind != yaml::Node::Kind::map) return plugin;

  if (package + path + (exec != nullptr) != 1) {
    problems.add(node.place,
                 package + path + (exec != nullptr)
                     ? "a plugin is more than one of package, path and exec"
                     : "a plugin is none of package, path and exec",
                 "give one: package: NAME, path: FILE.so or exec: [PROGRAM, ARG...]");
    return plugin;
  }
  if (package) {
    plugin.kind = Plugin::Kind::package;
    if (!is_plain_name(plugin.package))
      problems.add(node.place, "\"" + one_line(plugin.package, 60) + "\" is no name of a package",
                   "letters, digits, '_', '-' and '.'; for a file use path: FILE.so");
    if (!given) plugin.name = plugin.package;
  } else if (path) {
    plugin.kind = Plugin::Kind::path;
    auto expanded = expand(plugin.path);
    if (!expanded) {
      problems.add(node.place, expanded.error());
      return plugin;
    }
    plugin.path = absolute(*expanded, problems.file());
    if (!given) plugin.name = name_of_module(plugin.path);
  } else {
    plugin.kind = Plugin::Kind::exec;
    read_command(*exec, problems, plugin);
    if (!given)
      problems.add(node.place, "an exec plugin without a name",
                   "add name: NAME, as jobs will call it");
  }
  if (!plugin.name.empty() && !is_plain_name(plugin.name))
    problems.add(node.place, "\"" + one_line(plugin.name, 60) + "\" is no name for a backend",
                 "add name: NAME, of letters, digits, '_', '-' and '.'");
  return plugin;
}

}  // namespace ketrew::profile
