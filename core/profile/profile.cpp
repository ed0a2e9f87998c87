#include "core/profile/profile.hpp"

#include <set>

#include "core/model/host_uri.hpp"
#include "core/profile/find.hpp"
#include "core/yaml/map_reader.hpp"
#include "core/profile/plugin_entry.hpp"

namespace ketrew::profile {
namespace {

void read_plugins(const yaml::Node& node, yaml::Problems& problems, Profile& profile) {
  if (node.kind == yaml::Node::Kind::null) return;
  if (node.kind != yaml::Node::Kind::list) {
    problems.add(node.place, "\"plugins\" is " + describe(node), "expected a list of plugins");
    return;
  }
  std::set<std::string> names;
  for (const auto& item : node.items) {
    Plugin plugin = read_plugin(item, problems);
    if (!plugin.name.empty() && !names.insert(plugin.name).second)
      problems.add(item.place, "a second plugin with the name \"" + plugin.name + "\"",
                   "give one of them another with name: NAME");
    profile.plugins.push_back(std::move(plugin));
  }
}

// `~` and variables are expanded in paths of this machine only: those of another are its own.
Result<std::string> read_host(const std::string& text) {
  std::string uri = text;
  if (!uri.empty() && uri.find("://") == std::string::npos) {
    auto expanded = expand(uri);
    if (!expanded) return expanded;
    uri = std::move(*expanded);
  }
  const auto parsed = parse_host_uri(uri);
  if (!parsed) return pass(parsed.error());
  return parsed->text();
}

void read_hosts(const yaml::Node& node, yaml::Problems& problems, Profile& profile) {
  yaml::MapReader map(node, "\"hosts\"", problems);
  for (const auto& [key, unused] : node.entries) {
    std::string text;
    if (key.text.empty() || key.text.find('/') != std::string::npos)
      problems.add(key.place, "\"" + one_line(key.text, 60) + "\" is no name for a host",
                   "a name without '/', then its URI");
    if (!map.text(key.text, text)) continue;
    auto host = read_host(text);
    if (host)
      profile.hosts[key.text] = std::move(*host);
    else
      problems.add(map.node(key.text)->place, host.error());
  }
}

void read_engine(const yaml::Node& node, yaml::Problems& problems, Engine& engine) {
  using namespace std::chrono_literals;
  constexpr Milliseconds year = std::chrono::hours(24 * 365);
  yaml::MapReader map(node, "\"engine\"", problems);
  map.integer("max_attempts", 1, 1000, engine.max_attempts);
  map.duration("lost_after", 0ms, year, engine.lost_after);
  map.duration("orphan_grace", 0ms, year, engine.orphan_grace);
  map.duration("poll_interval", 10ms, 24h, engine.poll_interval);
  map.duration("poll_interval_max", 10ms, 24h, engine.poll_interval_max);
  map.duration("retry_delay", 0ms, 24h, engine.retry_delay);
  map.duration("retry_delay_max", 0ms, 24h * 7, engine.retry_delay_max);
  map.duration("kill_timeout", 100ms, year, engine.kill_timeout);
  map.integer("set_aside_after", 1, 1000, engine.set_aside_after);
  // The upper ends follow where only the lower one was given.
  engine.poll_interval_max = std::max(engine.poll_interval_max, engine.poll_interval);
  engine.retry_delay_max = std::max(engine.retry_delay_max, engine.retry_delay);
}

void read_limits(const yaml::Node& node, yaml::Problems& problems, Profile& profile) {
  yaml::MapReader map(node, "\"limits\"", problems);
  for (const auto& [key, unused] : node.entries) {
    Limits limits;
    yaml::MapReader each(*map.node(key.text), "a limit", problems);
    each.integer("running", 1, 10'000'000, limits.running);
    each.number("starts_per_second", 0.001, 1'000'000, limits.starts_per_second);
    profile.limits[key.text] = limits;
    const bool known = std::any_of(profile.plugins.begin(), profile.plugins.end(),
                                   [&key = key](const Plugin& plugin) { return plugin.name == key.text; });
    if (!known)
      profile.warnings.push_back(yaml::error_at(problems.file(), key.place,
                                          "limits for \"" + one_line(key.text, 60) +
                                              "\", which is no plugin of this profile")
                                     .what);
  }
}

void read_defaults(yaml::MapReader& map, Profile& profile) {
  std::vector<std::string> names;
  for (const auto& plugin : profile.plugins) names.push_back(plugin.name);
  std::string backend;
  if (map.text("default_backend", backend) &&
      std::find(names.begin(), names.end(), backend) == names.end()) {
    const std::string near = nearest(backend, names);
    map.problems().add(
        map.node("default_backend")->place,
        "\"default_backend\" is \"" + one_line(backend, 60) +
            "\", which is no plugin of this profile",
        !near.empty() ? "did you mean \"" + near + "\"?" : "its plugins: " + join(names, ", "));
  }
  if (backend.empty() && !names.empty())
    backend =
        std::find(names.begin(), names.end(), "daemonize") != names.end() ? "daemonize" : names[0];
  profile.default_backend = backend;

  std::string host;
  if (!map.text("default_host", host)) return;
  if (const auto named = profile.hosts.find(host); named != profile.hosts.end()) {
    profile.default_host = named->second;
  } else if (auto uri = read_host(host)) {
    profile.default_host = std::move(*uri);
  } else {
    map.problems().add(
        map.node("default_host")->place,
        "\"default_host\" is no name from \"hosts\", nor a host URI: " + uri.error().what,
        uri.error().hint);
  }
}

void read_profile(const yaml::Node& node, yaml::Problems& problems, Profile& profile) {
  yaml::MapReader map(node, "a profile", problems);
  if (const yaml::Node* plugins = map.node("plugins")) read_plugins(*plugins, problems, profile);
  if (const yaml::Node* hosts = map.node("hosts")) read_hosts(*hosts, problems, profile);
  if (const yaml::Node* engine = map.node("engine")) read_engine(*engine, problems, profile.engine);
  if (const yaml::Node* limits = map.node("limits")) read_limits(*limits, problems, profile);
  if (const yaml::Node* listen = map.node("listen");
      listen && (listen->kind == yaml::Node::Kind::scalar || !listen->items.empty() ||
                 !listen->entries.empty()))
    problems.add(listen->place, "\"listen\" is not available yet",
                 "remove it: the Unix socket needs none");
  map.boolean("allow_network_file_system", profile.allow_network_file_system);
  map.word("log_level", {"trace", "debug", "info", "warning", "error"}, profile.log_level);
  read_defaults(map, profile);
}

Result<Profile> from_tree(const yaml::Node& root, const std::string& file, const std::string& name) {
  yaml::Problems problems(file);
  Profile profile;
  profile.name = name;
  profile.file = file;
  bool absent = false;
  {
    yaml::MapReader top(root, "a profile file", problems);
    const yaml::Node* profiles = top.node("profiles");
    absent = !profiles;
    if (profiles && profiles->kind != yaml::Node::Kind::map)
      problems.add(profiles->place, "\"profiles\" is " + describe(*profiles),
                   "expected a map of profiles by name");
    if (profiles && profiles->kind == yaml::Node::Kind::map) {
      const yaml::Node* chosen = nullptr;
      std::vector<std::string> names;
      for (const auto& [key, value] : profiles->entries) {
        names.push_back(key.text);
        if (key.text == name) chosen = &value;
      }
      if (!chosen) {
        Error error = yaml::error_at(file, profiles->place, "no profile \"" + one_line(name, 60) + "\"");
        const std::string near = nearest(name, names);
        error.kind = ErrorKind::not_found;
        error.hint = (near.empty() ? "" : "did you mean \"" + near + "\"? ") +
                     "there are: " + join(names, ", ");
        return pass(std::move(error));
      }
      read_profile(*chosen, problems, profile);
    }
  }  // here the reader reports the unknown keys: "profile" explains more than its absence does
  if (absent)
    problems.add(root.place, "no \"profiles\" in the file",
                 "write profiles:, then a name for each");
  if (auto first = problems.first()) return pass(std::move(*first));
  return profile;
}

}  // namespace

Result<Profile> parse_profile(std::string_view yaml, const std::string& file,
                              const std::string& name) {
  const auto root = yaml::parse(yaml, file);
  if (!root) return pass(root.error());
  return from_tree(*root, file, name);
}

Result<Profile> load_profile(const std::string& file, const std::string& name) {
  const auto root = yaml::load(file);
  if (!root) return pass(root.error());
  return from_tree(*root, file, name);
}

}  // namespace ketrew::profile
