// The workflow file: what people write, to the workflow that is submitted. README.md has its keys.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/workflow.hpp"
#include "core/yaml/tree.hpp"

namespace ketrew::workflow {

inline constexpr yaml::Limits file_limits{16 << 20, 2'000'000, 64};
inline constexpr std::size_t max_expanded_bytes = 256 << 20;  // of all texts, once filled in

struct Settings {
  std::map<std::string, std::string> params;  // --param NAME=VALUE
  // Of ${env.NAME}; nothing: it is not set.
  std::function<std::optional<std::string>(const std::string&)> environment;
  // Where a node runs that names neither a folder nor a host; absolute, or empty: its playground.
  std::string directory;
};

struct Expanded {
  Workflow workflow;  // has passed check_workflow
  // For each node what in the file it was declared by: an index into `declared`.
  std::vector<std::uint32_t> declaration;
  struct Declared {
    yaml::Place node;
    std::optional<yaml::Place> backend, host;
    std::vector<std::pair<std::string, yaml::Place>> options;
  };
  std::vector<Declared> declared;
  std::vector<std::string> files;  // by yaml::Place::file

  // "file:line:column" of a member of its job ("/backend", "/options/NAME": RFC 6901), which may be in
  // `defaults`; of the node where nothing is known of it.
  std::string place(NodeIndex node, const std::string& pointer = {}) const;
};

// YAML or JSON; `file` is its name for messages, `folder` where its relative paths start
// (absolute). Reads the files that it names. Errors have the place and, where there is one, the
// nearest word. Any thread. In time and memory linear in what it expands to, which is bounded, as
// the file is.
Result<Expanded> expand_workflow(std::string_view text, const std::string& file,
                                 const std::string& folder, const Settings& settings);
// The same for a file; one that is too large is refused before it is read whole.
Result<Expanded> expand_workflow_file(const std::string& file, const Settings& settings);

}  // namespace ketrew::workflow
