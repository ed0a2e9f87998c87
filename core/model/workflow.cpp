#include "core/model/workflow.hpp"

#include <unordered_set>

namespace ketrew {
namespace {

std::string in_node(const std::string& name) { return "node \"" + one_line(name, 200) + "\""; }

tl::unexpected<Error> unknown_key(const std::string& key, const std::string& where,
                                  const std::vector<std::string>& known) {
  const std::string near = nearest(key, known);
  return fail(ErrorKind::invalid, "unknown key \"" + one_line(key, 60) + "\" in " + where,
              near.empty() ? "known: " + join(known, ", ") : "did you mean \"" + near + "\"?");
}

Result<std::string> text_from_json(const Json& json, const char* key) {
  auto bytes = bytes_from_json(json);
  if (!bytes) return fail(bytes.error(), std::string("\"") + key + "\"");
  return bytes;
}

Json edges_to_json(const std::vector<NodeIndex>& edges) { return Json(edges); }

Result<std::vector<NodeIndex>> edges_from_json(const Json& json, const std::string& key,
                                               std::size_t nodes) {
  std::vector<NodeIndex> edges;
  if (!json.is_array()) return fail(ErrorKind::invalid, "\"" + key + "\" is not a list");
  edges.reserve(json.size());
  for (const Json& each : json) {
    if (!each.is_number_unsigned() || each.get<std::uint64_t>() >= nodes)
      return fail(ErrorKind::invalid, "\"" + key + "\" has something that is no place in \"nodes\"",
                  "they are counted from 0");
    edges.push_back(each.get<NodeIndex>());
  }
  return edges;
}

Json matrix_to_json(const MatrixInstance& matrix) {
  Json values = Json::object();
  for (const auto& [key, value] : matrix.values) values[key] = bytes_to_json(value);
  return Json{{"of", bytes_to_json(matrix.of)}, {"values", std::move(values)}};
}

Result<MatrixInstance> matrix_from_json(const Json& json) {
  if (!json.is_object() || json.size() != 2 || !json.contains("of") || !json.contains("values") ||
      !json["values"].is_object())
    return fail(ErrorKind::invalid, "\"matrix\" is not {\"of\": NAME, \"values\": {KEY: VALUE}}");
  MatrixInstance matrix;
  auto of = text_from_json(json["of"], "of");
  if (!of) return pass(of.error());
  matrix.of = std::move(*of);
  for (const auto& [key, value] : json["values"].items()) {
    auto text = text_from_json(value, "values");
    if (!text) return pass(text.error());
    matrix.values[key] = std::move(*text);
  }
  return matrix;
}

Json node_to_json(const WorkflowNode& node) {
  Json json{{"name", bytes_to_json(node.name)}, {"job", to_json(node.job)}};
  if (node.job.name == node.name) json["job"].erase("name");
  if (!node.needs.empty()) json["needs"] = edges_to_json(node.needs);
  if (!node.on_success.empty()) json["on_success"] = edges_to_json(node.on_success);
  if (!node.on_failure.empty()) json["on_failure"] = edges_to_json(node.on_failure);
  if (!node.active) json["active"] = false;
  if (node.matrix) json["matrix"] = matrix_to_json(*node.matrix);
  return json;
}

Result<> read_node(const Json& json, std::size_t nodes, WorkflowNode& node) {
  static const std::vector<std::string> known = {"name",       "job",    "needs", "on_success",
                                                 "on_failure", "active", "matrix"};
  for (const auto& [key, value] : json.items()) {
    if (key == "name") continue;
    if (key == "job") {
      auto job = job_spec_from_json(value);
      if (!job) return pass(job.error());
      node.job = std::move(*job);
      if (!value.contains("name")) node.job.name = node.name;
    } else if (key == "needs" || key == "on_success" || key == "on_failure") {
      auto edges = edges_from_json(value, key, nodes);
      if (!edges) return pass(edges.error());
      (key == "needs" ? node.needs : key == "on_success" ? node.on_success : node.on_failure) =
          std::move(*edges);
    } else if (key == "active") {
      if (!value.is_boolean()) return fail(ErrorKind::invalid, "\"active\" is not true or false");
      node.active = value.get<bool>();
    } else if (key == "matrix") {
      auto matrix = matrix_from_json(value);
      if (!matrix) return pass(matrix.error());
      node.matrix = std::move(*matrix);
    } else {
      return unknown_key(key, "a node", known);
    }
  }
  if (!json.contains("job")) return fail(ErrorKind::invalid, "it has no \"job\"");
  return {};
}

// Looks at each edge once. `seen[target]` is the number of the list that it was last seen in: a
// repeat is found without a set for each list.
class EdgeCheck {
 public:
  explicit EdgeCheck(const Workflow& workflow)
      : workflow_(workflow), seen_(workflow.nodes.size(), 0) {}

  Result<> list(const WorkflowNode& node, const std::vector<NodeIndex>& edges, const char* key) {
    ++number_;
    if ((count_ += edges.size()) > max_workflow_edges)
      return fail(ErrorKind::invalid,
                  "more than " + std::to_string(max_workflow_edges) + " edges in one workflow",
                  "let a node without work stand between many and many");
    for (const NodeIndex target : edges) {
      if (target >= seen_.size())
        return fail(ErrorKind::invalid, in_node(node.name) + ": \"" + key + "\" leads to no node");
      if (std::exchange(seen_[target], number_) == number_)
        return fail(ErrorKind::invalid, in_node(node.name) + ": \"" + key + "\" names \"" +
                                            one_line(workflow_.nodes[target].name, 200) +
                                            "\" twice");
    }
    return {};
  }

 private:
  const Workflow& workflow_;
  std::vector<std::uint64_t> seen_;
  std::uint64_t number_ = 0;
  std::size_t count_ = 0;
};

}  // namespace

Json to_json(const Workflow& workflow) {
  Json nodes = Json::array();
  nodes.get_ref<Json::array_t&>().reserve(workflow.nodes.size());
  for (const auto& node : workflow.nodes) nodes.push_back(node_to_json(node));
  Json json{{"nodes", std::move(nodes)}};
  if (!workflow.name.empty()) json["name"] = bytes_to_json(workflow.name);
  return json;
}

std::string take_text(Workflow& workflow) {
  const auto dump = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  std::string text = "{";
  if (!workflow.name.empty()) text += "\"name\":" + dump(bytes_to_json(workflow.name)) + ",";
  text += "\"nodes\":[";
  for (std::size_t i = 0; i < workflow.nodes.size(); ++i) {
    WorkflowNode& node = workflow.nodes[i];
    text += (i ? "," : "") + dump(node_to_json(node));
    std::string name = std::move(node.name);
    node = WorkflowNode();
    node.name = std::move(name);
  }
  return text + "]}";
}

Result<Workflow> workflow_from_json(const Json& json) {
  if (!json.is_object()) return fail(ErrorKind::invalid, "a workflow is not an object");
  Workflow workflow;
  for (const auto& [key, value] : json.items()) {
    if (key == "name") {
      auto name = text_from_json(value, "name");
      if (!name) return pass(name.error());
      workflow.name = std::move(*name);
    } else if (key != "nodes") {
      return unknown_key(key, "a workflow", {"name", "nodes"});
    }
  }
  const auto nodes = json.find("nodes");
  if (nodes == json.end() || !nodes->is_array())
    return fail(ErrorKind::invalid, "a workflow without a list of \"nodes\"");
  if (nodes->size() > max_workflow_nodes)
    return fail(ErrorKind::invalid,
                "more than " + std::to_string(max_workflow_nodes) + " nodes in one workflow");
  workflow.nodes.resize(nodes->size());
  for (std::size_t i = 0; i < nodes->size(); ++i) {
    const Json& each = (*nodes)[i];
    const std::string place = "nodes[" + std::to_string(i) + "]";
    if (!each.is_object()) return fail(ErrorKind::invalid, place + " is not an object");
    auto name = each.contains("name") ? text_from_json(each["name"], "name") : std::string();
    if (!name) return fail(name.error(), place);
    if (name->empty()) return fail(ErrorKind::invalid, place + " has no name");
    workflow.nodes[i].name = std::move(*name);
    if (auto read = read_node(each, nodes->size(), workflow.nodes[i]); !read)
      return fail(read.error(), in_node(workflow.nodes[i].name));
  }
  if (auto checked = check_workflow(workflow); !checked) return pass(checked.error());
  return workflow;
}

Result<> check_workflow(const Workflow& workflow) {
  if (workflow.nodes.empty())
    return fail(ErrorKind::invalid, "a workflow without nodes", "there is nothing to submit");
  if (workflow.nodes.size() > max_workflow_nodes)
    return fail(ErrorKind::invalid,
                "more than " + std::to_string(max_workflow_nodes) + " nodes in one workflow");
  std::unordered_set<std::string_view> names;
  names.reserve(workflow.nodes.size());
  EdgeCheck edges(workflow);
  for (const auto& node : workflow.nodes) {
    if (node.name.empty()) return fail(ErrorKind::invalid, "a node without a name");
    if (!names.insert(node.name).second)
      return fail(ErrorKind::invalid, "two nodes are called \"" + one_line(node.name, 200) + "\"");
    if (auto r = edges.list(node, node.needs, "needs"); !r) return r;
    if (auto r = edges.list(node, node.on_success, "on_success"); !r) return r;
    if (auto r = edges.list(node, node.on_failure, "on_failure"); !r) return r;
  }
  if (const auto cycle = find_cycle(workflow); !cycle.empty())
    return fail(ErrorKind::invalid, "a cycle: " + describe_cycle(workflow, cycle),
                "remove one of these");
  return {};
}

std::vector<NodeIndex> find_cycle(const Workflow& workflow) {
  struct Visit {
    NodeIndex node;
    std::size_t next;  // of its needs
  };
  enum : std::uint8_t { unseen, on_the_way, done };
  std::vector<std::uint8_t> state(workflow.nodes.size(), unseen);
  std::vector<Visit> way;
  for (NodeIndex start = 0; start < workflow.nodes.size(); ++start) {
    if (state[start] != unseen) continue;
    state[start] = on_the_way;
    way.push_back({start, 0});
    while (!way.empty()) {
      auto& [node, next] = way.back();
      const auto& needs = workflow.nodes[node].needs;
      if (next == needs.size()) {
        state[node] = done;
        way.pop_back();
        continue;
      }
      const NodeIndex target = needs[next++];
      if (state[target] == on_the_way) {
        std::vector<NodeIndex> cycle;
        for (const auto& visit : way)
          if (!cycle.empty() || visit.node == target) cycle.push_back(visit.node);
        return cycle;
      }
      if (state[target] == done) continue;
      state[target] = on_the_way;
      way.push_back({target, 0});
    }
  }
  return {};
}

std::string describe_cycle(const Workflow& workflow, const std::vector<NodeIndex>& cycle) {
  constexpr std::size_t most = 30;
  std::string text;
  for (std::size_t i = 0; i < cycle.size() && i < most; ++i) {
    const auto& next = workflow.nodes[cycle[(i + 1) % cycle.size()]];
    if (i) text += ", ";
    text += one_line(workflow.nodes[cycle[i]].name, 100) + " needs " + one_line(next.name, 100);
  }
  if (cycle.size() > most) text += ", and " + std::to_string(cycle.size() - most) + " more";
  return text;
}

}  // namespace ketrew
