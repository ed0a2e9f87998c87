// POST /v1/jobs/{id}/restart, POST /v1/jobs/restart and POST /v1/workflows/{id}/restart: new jobs,
// linked to the old ones.
#include "app/ketrewd/chosen_jobs.hpp"
#include "app/ketrewd/failed_subgraph.hpp"
#include "app/ketrewd/graph_submission.hpp"
#include "app/ketrewd/service.hpp"
#include "app/ketrewd/submission.hpp"

namespace ketrew::daemon {
namespace {

struct Wanted {
  Answer answer;
  std::string idempotency_key;
  bool dry_run = false;
};

Json shown(const Restart& restart) {
  Json jobs = Json::array();
  for (const auto& job : restart.jobs)
    jobs.push_back({{"id", job.old.id.text()},
                    {"name", bytes_to_json(job.old.spec.name)},
                    {"state", to_string(job.old.progress.state)},
                    {"active", job.active}});
  return Json{{"dry_run", true}, {"jobs", std::move(jobs)}};
}

// The old jobs, each as a new one, with the edges among them.
Result<NewJobs> made_new(Service& service, Restart& restart) {
  const SubmissionContext context{service.profile, service.default_host()};
  NewJobs jobs;
  std::string digest;
  for (auto& each : restart.jobs) {
    NewJob job;
    job.spec = std::move(each.old.spec);
    job.spec.restart_of = each.old.id;
    job.reason = "restart of " + each.old.id.text();
    job.active = each.active;
    job.node = each.old.node;
    job.workflow = each.old.workflow;
    job.needs = std::move(each.needs);
    job.on_success = std::move(each.on_success);
    job.on_failure = std::move(each.on_failure);
    job.spec.depends_on = std::move(each.depends_on);
    job.spec.on_success_activate = std::move(each.on_success_activate);
    job.spec.on_failure_activate = std::move(each.on_failure_activate);
    digest += each.old.id.text();
    if (const auto complete = complete_spec(job.spec, context); !complete)
      return fail(complete.error(), "job " + each.old.id.text());
    if (const auto checked = service.dispatcher.check_options(job.spec); !checked)
      return fail(checked.error(), "job " + each.old.id.text());
    jobs.jobs.push_back(std::move(job));
  }
  jobs.fingerprint = fingerprint_of("restart " + digest);
  return jobs;
}

void submit_again(Service& service, Restart restart, const Wanted& wanted) {
  if (wanted.dry_run) return respond_json(*wanted.answer, shown(restart));
  if (restart.jobs.empty())
    return wanted.answer->problem({ErrorKind::conflict, "nothing failed: there is nothing to restart", ""});
  if (const std::string problem = service.store.problem(); !problem.empty())
    return wanted.answer->problem({ErrorKind::unavailable, "not accepted: " + problem,
                                   "nothing was stored; try again once that is mended"});
  std::vector<JobId> old;
  for (const auto& job : restart.jobs) old.push_back(job.old.id);
  auto jobs = made_new(service, restart);
  if (!jobs) return wanted.answer->problem(jobs.error());
  jobs->idempotency_key = wanted.idempotency_key;
  plant(service, std::move(*jobs), [answer = wanted.answer, old = std::move(old)](Result<Planted> planted) {
    if (!planted) return answer->problem(planted.error());
    Json list = Json::array();
    for (std::size_t i = 0; i < planted->jobs.size() && i < old.size(); ++i) {
      const auto& job = planted->jobs[i];
      Json made{{"id", job.id.text()}, {"restart_of", old[i].text()}, {"state", to_string(job.state)}};
      if (job.same_as) made["same_as"] = job.same_as->text();
      list.push_back(std::move(made));
    }
    respond_json(*answer, {{"jobs", std::move(list)}}, planted->repeated ? 200 : 201);
  });
}

Result<std::vector<JobKey>> not_restarted(store::Reader& reader, std::vector<JobKey> keys) {
  std::vector<JobKey> kept;
  for (const JobKey key : keys) {
    const auto standing = reader.standing(key);
    if (!standing) return pass(standing.error());
    const auto again = reader.restarts_of(standing->id);
    if (!again) return pass(again.error());
    if (again->empty()) kept.push_back(key);
  }
  return kept;
}

}  // namespace

void endpoint::restart(Service& service, Request request, Responder responder) {
  const bool of_workflow = request.segments[1] == "workflows";
  const auto flag = [&](const char* name) {
    const auto* value = request.parameter(name);
    return value && *value == "true";
  };
  const bool subgraph = of_workflow || flag("failed_subgraph");
  auto chosen = of_workflow ? ChosenJobs{{request.segments[2]}, {}, {}} : chosen_jobs_from(request);
  if (!chosen) return responder.problem(chosen.error());
  Wanted wanted{answer_later(std::move(responder)), request.idempotency_key, flag("dry_run")};
  read<Restart>(
      service,
      [chosen = std::move(*chosen), subgraph, of_workflow](store::Reader& reader) -> Result<Restart> {
        if (of_workflow) return failed_workflow(reader, chosen.ids[0]);
        auto keys = keys_of(reader, chosen, final_states());
        if (!keys) return pass(keys.error());
        if (chosen.where) {  // what was restarted already is not what it means
          auto newest = not_restarted(reader, std::move(*keys));
          if (!newest) return pass(newest.error());
          keys = std::move(newest);
        }
        return subgraph ? failed_subgraph(reader, *keys) : single_restarts(reader, *keys);
      },
      [&service, wanted](Result<Restart> restart) {
        if (!restart) return wanted.answer->problem(restart.error());
        submit_again(service, std::move(*restart), wanted);
      });
}

}  // namespace ketrew::daemon
