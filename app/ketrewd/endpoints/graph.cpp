// GET /v1/workflows/{workflow}/graph and GET /v1/jobs/{id}/graph: nodes, and the edges between them.
#include <charconv>
#include <deque>
#include <unordered_map>

#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t most_around = 10'000, no_limit = 10'000'000;

const char* word_of(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::needs: return "needs";
    case EdgeKind::on_success: return "on-success";
    case EdgeKind::on_failure: return "on-failure";
    case EdgeKind::asks: break;
  }
  return "asks";
}

struct Nodes {
  std::vector<JobKey> keys;
  std::unordered_map<JobKey, std::size_t> places;
  bool complete = true;
  bool add(JobKey key) {
    if (!places.emplace(key, keys.size()).second) return false;
    keys.push_back(key);
    return true;
  }
};

// What hangs together with a job, the nearest first.
Result<Nodes> around(store::Reader& reader, JobKey start) {
  Nodes nodes;
  nodes.add(start);
  for (std::size_t at = 0; at < nodes.keys.size(); ++at) {
    const auto to = reader.edges_to(nodes.keys[at], no_limit);
    const auto from = reader.edges_from(nodes.keys[at], no_limit);
    if (!to) return pass(to.error());
    if (!from) return pass(from.error());
    const auto take = [&](JobKey key, EdgeKind kind) {
      if (kind == EdgeKind::asks || nodes.places.contains(key)) return;
      if (nodes.keys.size() < most_around) nodes.add(key);
      else nodes.complete = false;
    };
    for (const Edge& edge : *to) take(edge.source, edge.kind);
    for (const Edge& edge : *from) take(edge.target, edge.kind);
  }
  return nodes;
}

Result<Json> graph_json(store::Reader& reader, const Nodes& nodes) {
  Json list = Json::array(), edges = Json::array();
  for (const JobKey key : nodes.keys) {
    const auto sketch = reader.sketch(key);
    if (!sketch) return pass(sketch.error());
    list.push_back({{"id", sketch->id.text()},
                    {"name", bytes_to_json(sketch->name.empty() ? sketch->id.text() : sketch->name)},
                    {"state", to_string(sketch->state)}});
    const auto from = reader.edges_from(key, no_limit);
    if (!from) return pass(from.error());
    for (const Edge& edge : *from)
      if (const auto target = nodes.places.find(edge.target);
          target != nodes.places.end() && edge.kind != EdgeKind::asks)
        edges.push_back({{"from", nodes.places.at(key)}, {"to", target->second}, {"kind", word_of(edge.kind)}});
  }
  return Json{{"nodes", std::move(list)}, {"edges", std::move(edges)}, {"complete", nodes.complete}};
}

Result<Json> workflow_graph(store::Reader& reader, const std::string& what) {
  const auto key = reader.resolve_workflow(what);
  if (!key) return pass(key.error());
  const auto record = reader.workflow(*key);
  if (!record) return pass(record.error());
  const auto keys = reader.workflow_jobs(*key);
  if (!keys) return pass(keys.error());
  Nodes nodes;
  for (const JobKey each : *keys) nodes.add(each);
  auto json = graph_json(reader, nodes);
  if (json) (*json)["workflow"] = {{"id", record->id.text()}, {"name", bytes_to_json(record->name)}};
  return json;
}

}  // namespace

void endpoint::graph(Service& service, Request request, Responder responder) {
  read<std::string>(
      service,
      [what = request.segments[2], of_workflow = request.segments[1] == "workflows"](
          store::Reader& reader) -> Result<std::string> {
        auto json = [&]() -> Result<Json> {
          if (of_workflow) return workflow_graph(reader, what);
          const auto key = reader.resolve(what);
          if (!key) return pass(key.error());
          const auto nodes = around(reader, *key);
          if (!nodes) return pass(nodes.error());
          return graph_json(reader, *nodes);
        }();
        if (!json) return pass(json.error());
        return json->dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";  // off the loop
      },
      [answer = answer_later(std::move(responder))](Result<std::string> text) {
        if (!text) return answer->problem(text.error());
        answer->respond(200, "application/json", std::move(*text));
      });
}

}  // namespace ketrew::daemon
