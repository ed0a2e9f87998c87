// GET /v1/status
#include <unistd.h>

#include "app/ketrewd/endpoints/backend_json.hpp"
#include "app/ketrewd/endpoints/list_jobs.hpp"

namespace ketrew::daemon {

void endpoint::status(Service& service, Request request, Responder responder) {
  auto query = job_query_from(request);
  if (!query) return responder.problem(query.error());
  const auto* with_jobs = request.parameter("jobs");
  const bool jobs = with_jobs && *with_jobs == "true";
  Json daemon{{"pid", ::getpid()},
              {"version", KETREW_VERSION},
              {"home", service.home},
              {"profile", service.profile->name},
              {"config", service.profile->file},
              {"started_at", to_rfc3339(service.started_at)},
              {"problems", service.problems()}};
  Json backends = Json::array();
  for (const auto& view : service.dispatcher.views())
    backends.push_back(backend_to_json(service, view, false));
  read<std::string>(
      service,
      [query = std::move(*query), jobs, daemon = std::move(daemon), pauses = service.engine.pauses(),
       backends = std::move(backends)](store::Reader& reader) -> Result<std::string> {
        Json json = Json::object();
        if (jobs) {
          auto list = list_jobs(query, reader);
          if (!list) return pass(list.error());
          json = std::move(*list);
        }
        const auto totals = reader.totals();
        if (!totals) return pass(totals.error());
        Json counts = Json::object();
        for (const State state : all_states)
          counts[std::string(to_string(state))] = (*totals)[static_cast<std::size_t>(state)];
        json["totals"] = std::move(counts);
        json["daemon"] = daemon;
        json["paused"] = pauses_json(reader, pauses);
        json["backends"] = backends;
        return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
      },
      [answer = answer_later(std::move(responder))](Result<std::string> text) {
        if (!text) return answer->problem(text.error());
        answer->respond(200, "application/json", std::move(*text));
      });
}

}  // namespace ketrew::daemon
