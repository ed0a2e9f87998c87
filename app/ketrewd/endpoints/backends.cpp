// GET /v1/backends and GET /v1/backends/{name}
#include "app/ketrewd/endpoints/backend_json.hpp"

namespace ketrew::daemon {

Json backend_to_json(const Service& service, const BackendView& view, bool with_schema) {
  Json json{{"name", view.name},         {"version", view.version},
            {"state", view.state},       {"problem", view.problem.empty() ? Json(nullptr) : Json(view.problem)},
            {"restarts", view.restarts}, {"capabilities", view.capabilities},
            {"pid", view.pid ? Json(view.pid) : Json(nullptr)}, {"file", view.file},
            {"default", view.name == service.profile->default_backend}};
  Json counts = Json::object(), limits = Json::object();
  const auto& backends = service.engine.backends();
  if (const auto at = backends.by_name.find(view.name); at != backends.by_name.end()) {
    const auto& backend = backends.all[at->second];
    for (const State state : all_states)
      if (const auto count = backend.counts[static_cast<std::size_t>(state)])
        counts[std::string(to_string(state))] = count;
    if (backend.limits.running) limits["running"] = *backend.limits.running;
    if (backend.limits.starts_per_second)
      limits["starts_per_second"] = *backend.limits.starts_per_second;
  }
  json["jobs"] = std::move(counts);
  json["limits"] = std::move(limits);
  if (with_schema) json["options_schema"] = view.options_schema;
  return json;
}

void endpoint::backends(Service& service, Request, Responder responder) {
  Json list = Json::array();
  for (const auto& view : service.dispatcher.views())
    list.push_back(backend_to_json(service, view, false));
  respond_json(responder, {{"backends", std::move(list)}});
}

void endpoint::backend(Service& service, Request request, Responder responder) {
  const std::string& name = request.segments[2];
  std::vector<std::string> names;
  for (const auto& view : service.dispatcher.views()) {
    if (view.name == name) return respond_json(responder, backend_to_json(service, view, true));
    names.push_back(view.name);
  }
  const std::string near = nearest(name, names);
  responder.problem({ErrorKind::not_found, "no backend \"" + one_line(name, 60) + "\" is loaded",
                     near.empty() ? "loaded: " + join(names, ", ") : "did you mean \"" + near + "\"?"});
}

}  // namespace ketrew::daemon
