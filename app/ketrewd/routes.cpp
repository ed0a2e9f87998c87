// Which request goes to which endpoint.
#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {
namespace {

struct Route {
  const char* method;
  std::vector<std::string> path;  // "*": any segment
  Endpoint* endpoint;
};

const std::vector<Route>& routes() {
  static const std::vector<Route> table = {
      {"POST", {"v1", "jobs"}, endpoint::submit},
      {"GET", {"v1", "jobs"}, endpoint::list_jobs},
      {"POST", {"v1", "jobs", "kill"}, endpoint::kill},
      {"POST", {"v1", "jobs", "restart"}, endpoint::restart},
      {"GET", {"v1", "jobs", "*"}, endpoint::show},
      {"GET", {"v1", "jobs", "*", "history"}, endpoint::history},
      {"GET", {"v1", "jobs", "*", "graph"}, endpoint::graph},
      {"GET", {"v1", "jobs", "*", "why"}, endpoint::why},
      {"GET", {"v1", "jobs", "*", "log"}, endpoint::log},
      {"GET", {"v1", "jobs", "*", "queries"}, endpoint::queries},
      {"GET", {"v1", "jobs", "*", "queries", "*"}, endpoint::query},
      {"POST", {"v1", "jobs", "*", "kill"}, endpoint::kill},
      {"POST", {"v1", "jobs", "*", "restart"}, endpoint::restart},
      {"POST", {"v1", "jobs", "set"}, endpoint::set},
      {"POST", {"v1", "jobs", "*", "set"}, endpoint::set},
      {"POST", {"v1", "pause"}, endpoint::pause},
      {"POST", {"v1", "resume"}, endpoint::resume},
      {"GET", {"v1", "failures"}, endpoint::failures},
      {"POST", {"v1", "workflows"}, endpoint::submit_workflow},
      {"POST", {"v1", "workflows", "*", "restart"}, endpoint::restart},
      {"GET", {"v1", "workflows"}, endpoint::workflows},
      {"GET", {"v1", "workflows", "*"}, endpoint::workflow},
      {"GET", {"v1", "workflows", "*", "graph"}, endpoint::graph},
      {"GET", {"v1", "status"}, endpoint::status},
      {"GET", {"v1", "backends"}, endpoint::backends},
      {"GET", {"v1", "backends", "*"}, endpoint::backend},
      {"GET", {"v1", "events"}, endpoint::events},
      {"GET", {"v1", "doctor"}, endpoint::doctor},
      {"POST", {"v1", "doctor"}, endpoint::doctor},
      {"POST", {"v1", "reload"}, endpoint::reload},
      {"POST", {"v1", "stop"}, endpoint::stop},
      {"POST", {"v1", "archive"}, endpoint::archive},
      {"POST", {"v1", "backup"}, endpoint::backup},
      {"GET", {"v1", "openapi.json"}, endpoint::openapi},
      {"GET", {"metrics"}, endpoint::metrics},
  };
  return table;
}

bool fits(const Route& route, const std::vector<std::string>& segments) {
  if (route.path.size() != segments.size()) return false;
  for (std::size_t i = 0; i < segments.size(); ++i)
    if (route.path[i] != "*" && route.path[i] != segments[i]) return false;
  return true;
}

}  // namespace

void route(Service& service, Request request, Responder responder) {
  std::string allowed;
  for (const Route& each : routes()) {
    if (!fits(each, request.segments)) continue;
    if (request.method == each.method)
      return each.endpoint(service, std::move(request), std::move(responder));
    allowed += (allowed.empty() ? "" : ", ") + std::string(each.method);
  }
  if (!allowed.empty())
    return responder.problem({ErrorKind::invalid, one_line(request.method, 20) + " is not for " +
                                                      one_line(request.target, 80), "use " + allowed},
                             405, {{"Allow", allowed}});
  responder.problem({ErrorKind::not_found, "nothing is at " + one_line(request.target, 80),
                     "the API is described at /v1/openapi.json"});
}

}  // namespace ketrew::daemon
