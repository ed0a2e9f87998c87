#include "app/ketrewd/plugins.hpp"

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

#include "app/ketrewd/trust.hpp"
#include "core/base/file.hpp"
#include "core/profile/manifest.hpp"

namespace ketrew::daemon {

using profile::Plugin;

namespace {

// The modules of packages, in the order in which they must be loaded.
class Packages {
 public:
  explicit Packages(const PluginPlaces& places) : places_(places) {}

  Result<> add(const std::string& name) {
    if (done_.contains(name)) return {};
    path_.push_back(name);
    if (std::count(path_.begin(), path_.end(), name) > 1)
      return fail(ErrorKind::invalid,
                  "packages require each other in a circle: " + join(path_, " requires "));
    const auto folder = find(name);
    if (!folder) return pass(folder.error());
    const std::string file = path_join(*folder, "backend.yaml");
    // What is loaded depends on the manifest as well.
    const auto trusted = trusted_file(file, places_.user);
    if (!trusted) return pass(trusted.error());
    const auto manifest = profile::load_manifest(*trusted);
    if (!manifest) return pass(manifest.error());
    if (manifest->name != name)
      return fail(ErrorKind::invalid, file + " is the manifest of package \"" + manifest->name +
                                          "\", but its folder is called \"" + name + "\"");
    if (manifest->abi != places_.abi)
      return fail(ErrorKind::invalid,
                  file + ": the module has ABI " + std::to_string(manifest->abi) +
                      ", this ketrew loads ABI " + std::to_string(places_.abi),
                  "build it against the installed SDK");
    for (const auto& required : manifest->required)
      if (const auto added = add(required); !added) return pass(added.error());
    const auto module = trusted_file(path_join(*folder, manifest->module), places_.user);
    if (!module) return pass(module.error());
    modules.push_back(*module);
    manifests.push_back(*trusted);
    done_.insert(name);
    path_.pop_back();
    return {};
  }

  std::vector<std::string> modules, manifests;

 private:
  Result<std::string> find(const std::string& name) const {
    for (const auto& folder : places_.packages) {
      std::string found = path_join(folder, name);
      std::error_code ignored;
      if (std::filesystem::exists(path_join(found, "backend.yaml"), ignored)) return found;
    }
    std::string what = "no package \"" + name + "\"";
    if (path_.size() > 1) what += ", which " + path_[path_.size() - 2] + " requires,";
    return fail(
        ErrorKind::not_found,
        what + " in " + join(places_.packages, ", ") + " (looked for " + name + "/backend.yaml)",
        "set KETREW_PLUGIN_PATH to the folder that has it");
  }

  const PluginPlaces& places_;
  std::vector<std::string> path_;  // the package, what requires it, ...: the last is innermost
  std::set<std::string> done_;
};

Result<Launch> finish(Launch launch, const std::vector<std::string>& files) {
  for (const auto& file : files) {
    const auto fingerprint = file_fingerprint(file);
    if (!fingerprint) return pass(fingerprint.error());
    launch.fingerprint += *fingerprint + "\n";
  }
  for (const auto& word : launch.argv) launch.fingerprint += word + '\0';
  launch.fingerprint += launch.options.dump(-1, ' ', true, Json::error_handler_t::replace);
  return launch;
}

Result<Launch> launch_modules(const Plugin& plugin, const PluginPlaces& places,
                              std::vector<std::string> modules,
                              const std::vector<std::string>& manifests) {
  const auto host = trusted_file(places.host, places.user);
  if (!host) return fail(host.error(), "the program that loads modules");
  Launch launch;
  launch.name = plugin.name;
  launch.options = plugin.options;
  launch.file = modules.back();
  std::vector<std::string> files = modules;
  files.insert(files.end(), manifests.begin(), manifests.end());
  files.push_back(*host);
  modules.pop_back();
  launch.argv = {*host, "--module", launch.file};
  for (auto& required : modules) {
    launch.argv.push_back("--require");
    launch.argv.push_back(std::move(required));
  }
  return finish(std::move(launch), files);
}

Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  for (const auto& folder : split(path ? path : "/usr/local/bin:/usr/bin:/bin", ':')) {
    std::string file = path_join(folder.empty() ? "." : folder, name);
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return fail(ErrorKind::not_found, "no program \"" + name + "\" on the PATH");
}

Result<Launch> launch_program(const Plugin& plugin, const PluginPlaces& places) {
  if (plugin.command.empty()) return fail(ErrorKind::invalid, "exec without a program");
  const auto program = find_program(plugin.command[0]);
  if (!program) return pass(program.error());
  const auto trusted = trusted_file(*program, places.user);
  if (!trusted) return pass(trusted.error());
  if (::access(trusted->c_str(), X_OK) != 0)
    return fail(ErrorKind::denied, *program + " is not executable", "chmod +x " + *program);
  Launch launch;
  launch.name = plugin.name;
  launch.options = plugin.options;
  launch.argv = plugin.command;
  // By the name that it was given: what a program does may depend on it (busybox, virtualenvs).
  launch.argv[0] = *program;
  launch.file = *program;
  std::vector<std::string> files{*trusted};
  // `exec: [python3, FILE]`: the file is the backend as much as python3 is.
  for (std::size_t i = 1; i < plugin.command.size(); ++i) {
    const std::string& word = plugin.command[i];
    if (word.starts_with('-')) continue;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(word, ignored)) break;
    const auto script = trusted_file(word, places.user);
    if (!script) return pass(script.error());
    launch.file = word;
    files.push_back(*script);
    break;
  }
  return finish(std::move(launch), files);
}

Result<Launch> launch_of(const Plugin& plugin, const PluginPlaces& places) {
  switch (plugin.kind) {
    case Plugin::Kind::package: {
      Packages packages(places);
      if (const auto added = packages.add(plugin.package); !added) return pass(added.error());
      return launch_modules(plugin, places, std::move(packages.modules), packages.manifests);
    }
    case Plugin::Kind::path: {
      auto file = expand_path(plugin.path);
      if (!file) return pass(file.error());
      auto module = trusted_file(*file, places.user);
      if (!module) return pass(module.error());
      return launch_modules(plugin, places, {std::move(*module)}, {});
    }
    case Plugin::Kind::exec: return launch_program(plugin, places);
  }
  return fail(ErrorKind::internal, "a plugin of no kind");
}

}  // namespace

Result<PluginPlaces> plugin_places() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail_errno("find the daemon's own program (/proc/self/exe)", error.value());
  const std::string prefix = program.parent_path().parent_path().string();
  PluginPlaces places;
  if (const char* path = std::getenv("KETREW_PLUGIN_PATH"))
    for (const auto& folder : split(path, ':')) {
      if (folder.empty()) continue;
      auto expanded = expand_path(folder);
      if (!expanded) return fail(expanded.error(), "$KETREW_PLUGIN_PATH");
      places.packages.push_back(std::move(*expanded));
    }
  places.packages.push_back(path_join(prefix, "lib/ketrew/backends"));
  places.host = path_join(prefix, "libexec/ketrew/ketrew-backend-host");
  places.condition_worker = path_join(prefix, "libexec/ketrew/ketrew-condition-worker");
  places.user = ::geteuid();
  return places;
}

std::vector<ResolvedPlugin> resolve_plugins(const std::vector<Plugin>& plugins,
                                            const PluginPlaces& places) {
  std::vector<ResolvedPlugin> resolved;
  std::map<std::string, std::string> taken;
  for (const auto& plugin : plugins) {
    auto launch = launch_of(plugin, places);
    if (!launch) launch = fail(launch.error(), plugin.where + ": plugin " + plugin.name);
    if (const auto [at, fresh] = taken.emplace(plugin.name, plugin.where); !fresh)
      launch = fail(ErrorKind::invalid,
                    plugin.where + ": a second backend is called \"" + plugin.name +
                        "\", the first is at " + at->second,
                    "give one of them another name: NAME");
    resolved.push_back({plugin.name, plugin.where, std::move(launch)});
  }
  return resolved;
}

Result<Launch> launch_condition_worker(const PluginPlaces& places) {
  const auto program = trusted_file(places.condition_worker, places.user);
  if (!program) return fail(program.error(), "the program that evaluates conditions");
  Launch launch;
  launch.name = "conditions";
  launch.file = *program;
  launch.argv = {*program};
  return finish(std::move(launch), {*program});
}

}  // namespace ketrew::daemon
