// POST /v1/jobs/{id}/set and POST /v1/jobs/set
#include "app/ketrewd/end_chosen.hpp"
#include "app/ketrewd/request_json.hpp"

namespace ketrew::daemon {
namespace {

// {"state": "succeeded", "reason": TEXT} beside what chooses the jobs.
Result<engine::event::Settle> settle_from(const Request& request) {
  const auto body = parse_request_json(request.body);
  if (!body) return pass(body.error());
  const auto member = [&](const char* name) {
    return body->is_object() && body->contains(name) && body->at(name).is_string()
               ? body->at(name).get<std::string>()
               : std::string();
  };
  const std::string state = member("state"), reason = member("reason");
  if (state != "succeeded" && state != "failed" && state != "lost")
    return fail(ErrorKind::invalid, "\"state\" is not \"succeeded\", \"failed\" or \"lost\"");
  if (trim(reason).empty())
    return fail(ErrorKind::invalid, "\"reason\" is missing", "say how you know: it is kept in the history");
  return engine::event::Settle{state == "succeeded", state == "lost", "set by the user: " + reason};
}

}  // namespace

void endpoint::set(Service& service, Request request, Responder responder) {
  const auto settle = settle_from(request);
  if (!settle) return responder.problem(settle.error());
  auto chosen = chosen_jobs_from(request);
  if (!chosen) return responder.problem(chosen.error());
  end_chosen(service, std::move(*chosen), std::move(responder), [&service, settle = *settle](JobKey key) {
    service.engine.settle_as(key, settle, read_clocks());
  });
}

}  // namespace ketrew::daemon
