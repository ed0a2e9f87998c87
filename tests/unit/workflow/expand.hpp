// What a workflow text expands to, in a form that is easy to compare.
#pragma once

#include <fstream>
#include <memory>

#include <sys/stat.h>

#include "core/workflow/workflow_file.hpp"

namespace ketrew::workflow {

// Files beside a workflow, gone with the object.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/ketrew-workflow-XXXXXX";
    if (::mkdtemp(name)) path_ = name;
  }
  ~Folder() {
    if (!path_.empty() && std::system(("rm -rf " + path_).c_str()) != 0) std::abort();
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << content;
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

using Params = std::map<std::string, std::string>;

inline Settings settings(Params params = {}) {
  Settings settings;
  settings.params = std::move(params);
  settings.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "HERE") return "it's here";
    return {};
  };
  settings.directory = "/cwd";
  return settings;
}

inline Result<Expanded> expand(const std::string& text, Params params = {},
                               const std::string& folder = "/flows") {
  return expand_workflow(text, "w.yaml", folder, settings(std::move(params)));
}

inline std::string error_of(const std::string& text, Params params = {},
                            const std::string& folder = "/flows") {
  const auto expanded = expand(text, std::move(params), folder);
  return expanded ? "no error" : expanded.error().text();
}

inline const WorkflowNode& node_of(const Expanded& expanded, const std::string& name) {
  for (const auto& node : expanded.workflow.nodes)
    if (node.name == name) return node;
  static const WorkflowNode none;
  return none;
}

inline std::string names_of(const Expanded& expanded) {
  std::string text;
  for (const auto& node : expanded.workflow.nodes) text += (text.empty() ? "" : " ") + node.name;
  return text;
}

inline std::string needs_of(const Expanded& expanded, const std::string& name) {
  std::string text;
  for (const auto target : node_of(expanded, name).needs)
    text += (text.empty() ? "" : " ") + expanded.workflow.nodes[target].name;
  return text;
}

inline std::string shell_of(const Expanded& expanded, const std::string& name) {
  const auto& commands = node_of(expanded, name).job.program.commands;
  return commands.size() == 1 ? commands[0].sh : "not one command";
}

}  // namespace ketrew::workflow
