// GET /v1/jobs/{id} and GET /v1/jobs/{id}/history
#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t most_edges = 1'000;  // shown

// Who needs it, by whom else it is activated, and which pointers lead to it.
Result<> add_graph(Json& json, store::Reader& reader, const JobRecord& record) {
  const auto list = [&](const char* key, const Result<std::vector<Edge>>& edges, EdgeKind kind,
                        bool sources) -> Result<> {
    if (!edges) return pass(edges.error());
    Json ids = Json::array();
    for (const Edge& edge : *edges) {
      if (edge.kind != kind) continue;
      const auto end = reader.standing(sources ? edge.source : edge.target);
      if (end) ids.push_back({{"id", end->id.text()}, {"state", to_string(end->state)}});
    }
    json[key] = std::move(ids);
    return {};
  };
  const auto to = reader.edges_to(record.key, most_edges);
  const auto from = reader.edges_from(record.key, most_edges);
  for (auto done : {list("dependencies", to, EdgeKind::needs, true),
                    list("needed_by", from, EdgeKind::needs, false),
                    list("activated_by_success_of", to, EdgeKind::on_success, true),
                    list("activated_by_failure_of", to, EdgeKind::on_failure, true)})
    if (!done) return done;
  Json pointers = Json::array();
  if (const auto leading_here = reader.pointers_to(record.key, most_edges))
    for (const auto& pointer : *leading_here) pointers.push_back(pointer.id.text());
  json["pointers"] = std::move(pointers);
  // What failed attempts made grow: those before the newest.
  const Progress& p = record.progress;
  if (p.attempt > 1 && !record.spec.retries.growth.empty()) {
    auto failures = p.failures;
    if (!p.attempt_open && p.failure) {
      auto& count = failures[static_cast<std::size_t>(*p.failure)];
      if (count > 0) --count;
    }
    json["attempt_options"] = grown_options(record.spec.options, record.spec.retries, failures);
  }
  return {};
}

}  // namespace

void endpoint::show(Service& service, Request request, Responder responder) {
  read<Json>(
      service,
      [id = request.segments[2]](store::Reader& reader) -> Result<Json> {
        const auto key = reader.resolve(id);
        if (!key) return pass(key.error());
        const auto record = reader.job(*key);
        if (!record) return pass(record.error());
        Json json = to_json(*record);
        Json restarts = Json::array();
        if (const auto ids = reader.restarts_of(record->id))
          for (const auto& each : *ids) restarts.push_back(each.text());
        json["restarted_as"] = std::move(restarts);
        if (auto added = add_graph(json, reader, *record); !added) return pass(added.error());
        return json;
      },
      [answer = answer_later(std::move(responder))](Result<Json> json) {
        if (!json) return answer->problem(json.error());
        respond_json(*answer, *json);
      });
}

void endpoint::history(Service& service, Request request, Responder responder) {
  read<Json>(
      service,
      [id = request.segments[2]](store::Reader& reader) -> Result<Json> {
        const auto key = reader.resolve(id);
        if (!key) return pass(key.error());
        const auto entries = reader.history(*key);
        if (!entries) return pass(entries.error());
        Json list = Json::array();
        for (const auto& entry : *entries) list.push_back(to_json(entry));
        return Json{{"history", std::move(list)}};
      },
      [answer = answer_later(std::move(responder))](Result<Json> json) {
        if (!json) return answer->problem(json.error());
        respond_json(*answer, *json);
      });
}

}  // namespace ketrew::daemon
