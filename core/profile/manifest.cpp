#include "core/profile/manifest.hpp"

#include "core/yaml/map_reader.hpp"

namespace ketrew::profile {
namespace {

bool is_file_name(const std::string& text) {
  return !text.empty() && text != "." && text != ".." && text.find('/') == std::string::npos;
}

Result<Manifest> from_tree(const yaml::Node& root, const std::string& file) {
  yaml::Problems problems(file);
  Manifest manifest;
  {
    yaml::MapReader map(root, "a backend manifest", problems);
    const auto need = [&](bool found, const char* key) {
      if (!found && !map.node(key))
        problems.add(root.place, std::string("no \"") + key + "\" in the manifest");
    };
    need(map.text("name", manifest.name), "name");
    need(map.text("module", manifest.module), "module");
    need(map.scalar("version", manifest.version), "version");
    need(map.integer("abi", 1, 1'000'000, manifest.abi), "abi");
    map.texts("requires", manifest.required);
    map.text("description", manifest.description);
    if (!manifest.name.empty() && !is_file_name(manifest.name))
      problems.add(map.node("name")->place, "\"name\" of a backend manifest has a '/' in it",
                   "it is the name of the package's folder");
    if (!manifest.module.empty() && !is_file_name(manifest.module))
      problems.add(map.node("module")->place,
                   "\"module\" of a backend manifest is no plain file name",
                   "the module lies beside its manifest");
    for (const auto& name : manifest.required)
      if (!is_file_name(name) || name == manifest.name)
        problems.add(map.node("requires")->place,
                     "\"" + one_line(name, 60) + "\" in \"requires\" is " +
                         (name == manifest.name ? "the package itself" : "no name of a package"));
  }
  if (auto first = problems.first()) return pass(std::move(*first));
  return manifest;
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view yaml, const std::string& file) {
  const auto root = yaml::parse(yaml, file);
  if (!root) return pass(root.error());
  return from_tree(*root, file);
}

Result<Manifest> load_manifest(const std::string& file) {
  const auto root = yaml::load(file);
  if (!root) return pass(root.error());
  return from_tree(*root, file);
}

}  // namespace ketrew::profile
