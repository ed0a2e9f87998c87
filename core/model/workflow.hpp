// A workflow: jobs, and the edges between them, before any of them has an id. This is the expanded
// form, which POST /v1/workflows takes; what people write is read in core/workflow.
//
//   {"name": "pipeline",
//    "nodes": [{"name": "index", "job": {JOB}, "active": false},
//              {"name": "align[sample=a]", "job": {JOB}, "needs": [0], "on_failure": [2],
//               "matrix": {"of": "align", "values": {"sample": "a"}}},
//              {"name": "complain", "job": {JOB}, "active": false}]}
//
// JOB is as in job.hpp; where it has no name, it has the node's. Edges are places in "nodes", from
// 0. Absent: no edges, "active": true.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/job.hpp"

namespace ketrew {

// One of many nodes that were written as one.
struct MatrixInstance {
  std::string of;                             // the name of the node in the file
  std::map<std::string, std::string> values;  // what this one stands for
  bool operator==(const MatrixInstance&) const = default;
};

using NodeIndex = std::uint32_t;  // a place in Workflow::nodes

struct WorkflowNode {
  std::string name;  // unique in the workflow, not empty
  JobSpec job;       // its edges, if any, lead to jobs of earlier submissions
  // Each without repeats. Those needed are activated by this node, and have to succeed before it.
  std::vector<NodeIndex> needs, on_success, on_failure;
  bool active = true;  // asked for at once; else only when another node activates it
  std::optional<MatrixInstance> matrix;
  bool operator==(const WorkflowNode&) const = default;
};

struct Workflow {
  std::string name;  // for people; may be empty
  std::vector<WorkflowNode> nodes;
  bool operator==(const Workflow&) const = default;
};

inline constexpr std::size_t max_workflow_nodes = 1'000'000;
inline constexpr std::size_t max_workflow_edges = 10'000'000;

Json to_json(const Workflow& workflow);
// The same as text, for a large one: node by node, each job being freed once it is written. What is
// left of the workflow are the names.
std::string take_text(Workflow& workflow);
// Strict: unknown keys are refused; the result has passed check_workflow. An error in a node names
// it: `node "align[sample=a]": ...`.
Result<Workflow> workflow_from_json(const Json& json);

// Names (there, unique), edges (within the list, no repeats), limits, no cycle of needs, at least
// one node. Other cycles are harmless: a job runs once, however often it is activated.
Result<> check_workflow(const Workflow& workflow);

// A node that needs itself through others: the nodes of the way, each needing the next and the last
// needing the first. Empty: there is none. In time and memory linear in nodes and edges, without
// recursion; every edge has to lead to a node.
std::vector<NodeIndex> find_cycle(const Workflow& workflow);
// "a needs b, b needs a", cut after 30 nodes.
std::string describe_cycle(const Workflow& workflow, const std::vector<NodeIndex>& cycle);

}  // namespace ketrew
