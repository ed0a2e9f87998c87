// POST /v1/jobs/{id}/kill and POST /v1/jobs/kill
#include "app/ketrewd/end_chosen.hpp"

namespace ketrew::daemon {

void endpoint::kill(Service& service, Request request, Responder responder) {
  auto chosen = chosen_jobs_from(request);
  if (!chosen) return responder.problem(chosen.error());
  end_chosen(service, std::move(*chosen), std::move(responder), [&service](JobKey key) {
    service.engine.kill(key, "killed by the user", read_clocks());
  });
}

}  // namespace ketrew::daemon
