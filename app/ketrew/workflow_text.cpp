#include "app/ketrew/workflow_text.hpp"

#include "core/base/terminal_text.hpp"

namespace ketrew::client {
namespace {

constexpr std::size_t most_edges = 8;  // in one line

class Text {
 public:
  Text(const Workflow& workflow, std::size_t width) : workflow_(workflow), width_(width) {}

  std::string of(const WorkflowNode& node) {
    text_.clear();
    add(shown(node.name) + (node.active ? "" : "  (when another node activates it)"));
    edges("needs", node.needs);
    const JobSpec& job = node.job;
    line("on", job.backend + (job.host.empty() ? "" : " at " + job.host));
    if (!job.options.empty())
      line("options", job.options.dump(-1, ' ', false, Json::error_handler_t::replace));
    for (const auto& command : job.program.commands)
      line("runs", command.sh.empty() ? shell_quote(command.exec) : command.sh);
    if (job.condition) condition(*job.condition);
    if (job.retries != RetryPolicy{}) line("retries", to_json(job.retries).dump());
    if (job.timeout) line("timeout", format_duration(*job.timeout));
    edges("then", node.on_success);
    edges("or else", node.on_failure);
    return std::move(text_);
  }

 private:
  static std::string shown(const std::string& bytes) { return escape_for_terminal(bytes); }
  void add(std::string line) { text_ += (width_ > 0 ? one_line(line, width_) : line) + "\n"; }
  // Further lines of a text stand below its first.
  void line(const std::string& key, const std::string& value) {
    if (value.empty()) return;
    std::string head = "  " + key + std::string(9 - std::min<std::size_t>(key.size(), 8), ' ');
    for (const auto& each : split(trim(value), '\n')) {
      add(head + shown(each));
      head = std::string(head.size(), ' ');
    }
  }
  void edges(const std::string& key, const std::vector<NodeIndex>& targets) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(targets.size(), most_edges); ++i)
      names.push_back(one_line(workflow_.nodes[targets[i]].name, 100));
    std::string text = join(names, ", ");
    if (targets.size() > most_edges)
      text += ", and " + std::to_string(targets.size() - most_edges) + " more";
    line(key, text);
  }
  void condition(const Condition& condition) { line("done if", describe(condition)); }
  static std::string describe(const Condition& condition) {
    struct Words {
      std::string operator()(const condition::Exists& test) const { return test.path + " exists"; }
      std::string operator()(const condition::LargerThan& test) const {
        return test.path + " has more than " + std::to_string(test.bytes) + " bytes";
      }
      std::string operator()(const condition::Returns& test) const {
        return test.command + " returns " + std::to_string(test.code);
      }
      std::string operator()(const condition::Never&) const { return "never"; }
      std::string operator()(const condition::All& all) const {
        std::string text;
        for (const auto& part : all.parts) text += (text.empty() ? "" : "\nand ") + describe(part);
        return text;
      }
    };
    return std::visit(Words{}, condition.test);
  }

  const Workflow& workflow_;
  std::size_t width_;
  std::string text_;
};

}  // namespace

void print_workflow(Console& console, const Workflow& workflow) {
  std::size_t edges = 0;
  for (const auto& node : workflow.nodes)
    edges += node.needs.size() + node.on_success.size() + node.on_failure.size();
  console.line(escape_for_terminal(workflow.name.empty() ? "a workflow" : workflow.name) + ": " +
               std::to_string(workflow.nodes.size()) +
               (workflow.nodes.size() == 1 ? " node, " : " nodes, ") + std::to_string(edges) +
               (edges == 1 ? " edge" : " edges"));
  Text text(workflow, console.width);
  for (const auto& node : workflow.nodes) console.print(text.of(node));
}

}  // namespace ketrew::client
