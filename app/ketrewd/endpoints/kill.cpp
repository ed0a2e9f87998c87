// POST /v1/jobs/{id}/kill and POST /v1/jobs/kill; POST /v1/jobs/{id}/set and POST /v1/jobs/set.
#include "app/ketrewd/chosen_jobs.hpp"
#include "app/ketrewd/request_json.hpp"

namespace ketrew::daemon {
namespace {

struct Chosen {
  JobKey key = 0;
  JobId id;
  State state{};  // as stored
};
using End = std::function<void(JobKey)>;

void end_them(Service& service, const std::vector<Chosen>& jobs, const Answer& answer, const End& end) {
  Json list = Json::array();
  for (const Chosen& target : jobs) {
    const engine::Job* job = service.engine.find(target.key);
    const bool over = !job || is_final(job->progress.state);
    State state = job ? job->progress.state : target.state;
    if (!over) {
      end(target.key);
      state = service.engine.find(target.key)->progress.state;
    }
    list.push_back({{"id", target.id.text()}, {"state", to_string(state)}, {"already_over", over}});
  }
  // The wish is kept whatever happens next: it is on disk before the answer.
  service.conductor.after_commit([answer, list = std::move(list)] {
    respond_json(*answer, {{"jobs", list}});
  });
}

void for_chosen(Service& service, ChosenJobs chosen, const Answer& answer, End end) {
  read<std::vector<Chosen>>(
      service,
      [chosen = std::move(chosen)](store::Reader& reader) -> Result<std::vector<Chosen>> {
        const auto keys = keys_of(reader, chosen, unfinished_states());
        if (!keys) return pass(keys.error());
        std::vector<Chosen> jobs;
        for (const JobKey key : *keys) {
          const auto standing = reader.standing(key);
          if (!standing) return pass(standing.error());
          jobs.push_back({key, standing->id, standing->state});
        }
        return jobs;
      },
      [&service, answer, end = std::move(end)](Result<std::vector<Chosen>> jobs) {
        if (!jobs) return answer->problem(jobs.error());
        end_them(service, *jobs, answer, end);
      });
}

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

void endpoint::kill(Service& service, Request request, Responder responder) {
  auto chosen = chosen_jobs_from(request);
  if (!chosen) return responder.problem(chosen.error());
  for_chosen(service, std::move(*chosen), answer_later(std::move(responder)), [&service](JobKey key) {
    service.engine.kill(key, "killed by the user", read_clocks());
  });
}

void endpoint::set(Service& service, Request request, Responder responder) {
  const auto settle = settle_from(request);
  if (!settle) return responder.problem(settle.error());
  auto chosen = chosen_jobs_from(request);
  if (!chosen) return responder.problem(chosen.error());
  for_chosen(service, std::move(*chosen), answer_later(std::move(responder)),
             [&service, settle = *settle](JobKey key) {
               service.engine.settle_as(key, settle, read_clocks());
             });
}

}  // namespace ketrew::daemon
