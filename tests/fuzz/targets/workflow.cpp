// Workflow files: YAML or JSON, templates, matrices, shell quoting.
#include "core/workflow/workflow_file.hpp"

#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(workflow) {
  static const workflow::Settings settings{
      {{"out", "/tmp/it's"}, {"documents", "/tmp/documents"}},
      [](const std::string& name) -> std::optional<std::string> {
        if (name == "HOME") return "/home/ada";
        return std::nullopt;
      },
      "/tmp"};
  const auto read = workflow::expand_workflow(input, "w.yaml", "/nonexistent", settings);
  if (!read) {
    must(!read.error().what.empty(), "a refusal says why");
    return;
  }
  must(check_workflow(read->workflow).has_value(), "what was expanded is a workflow");
  must(read->declaration.size() == read->workflow.nodes.size(), "each node was declared somewhere");
  for (NodeIndex i = 0; i < read->declaration.size(); ++i)
    must(read->declaration[i] < read->declared.size(), "at a place that there is");
}
