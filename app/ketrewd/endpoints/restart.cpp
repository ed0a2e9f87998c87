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
  ChosenJobs chosen;  // or, in its ids, a workflow
  bool of_workflow = false, subgraph = false, dry_run = false;
  std::string idempotency_key, fingerprint;
};

// The jobs that are to be made; those that this very request made before; or, of a dry run, what
// there is to tell.
using Found = std::variant<NewJobs, Planted, Json>;

Json shown(const Restart& restart) {
  Json jobs = Json::array();
  for (const auto& job : restart.jobs)
    jobs.push_back({{"id", job.old.id.text()},
                    {"name", bytes_to_json(job.old.spec.name)},
                    {"state", to_string(job.old.progress.state)},
                    {"active", job.active}});
  for (const auto& job : restart.jobs)
    for (const auto& pointer : job.pointers)
      jobs.push_back({{"id", pointer.id.text()},
                      {"name", bytes_to_json(pointer.spec.name)},
                      {"state", to_string(job.old.progress.state)},
                      {"active", false},
                      {"same_as", job.old.id.text()}});
  return Json{{"dry_run", true}, {"jobs", std::move(jobs)}};
}

void tell(Service& service, Planted all, const Answer& answer) {
  const auto planted = std::make_shared<const Planted>(std::move(all));
  const auto make = [planted] {
    Json list = Json::array();
    for (const auto& job : planted->jobs) {
      Json made{{"id", job.id.text()}, {"state", to_string(job.state)}};
      if (job.restart_of) made["restart_of"] = job.restart_of->text();
      if (job.same_as) made["same_as"] = job.same_as->text();
      list.push_back(std::move(made));
    }
    Json json{{"jobs", std::move(list)}};
    if (planted->repeated) json["repeated"] = true;
    return json;
  };
  respond_large(service, answer, planted->jobs.size(), make, planted->repeated ? 200 : 201);
}

// A node that stood for the old job.
NewJob pointer_to(std::uint32_t place, Restart::Pointer& pointer) {
  NewJob job;
  job.spec = std::move(pointer.spec);
  job.spec.restart_of = pointer.id;
  for (auto* edges : {&job.spec.depends_on, &job.spec.on_success_activate, &job.spec.on_failure_activate})
    edges->clear();  // the job itself has them
  job.active = false;
  job.node = std::move(pointer.node);
  job.workflow = pointer.workflow;
  job.same_as = place;
  return job;
}

// The old jobs, each as a new one, with the edges among them.
Result<NewJobs> made_new(const SubmissionContext& context, Restart& restart) {
  SpecCheck check(context);
  NewJobs jobs;
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
    if (const auto refusal = check.complete(job.spec))
      return fail(refusal->error, "job " + each.old.id.text());
    jobs.jobs.push_back(std::move(job));
  }
  for (std::size_t i = 0; i < restart.jobs.size(); ++i)
    for (auto& pointer : restart.jobs[i].pointers)
      jobs.jobs.push_back(pointer_to(static_cast<std::uint32_t>(i), pointer));
  return jobs;
}

void submit_again(Service& service, NewJobs jobs, const Answer& answer) {
  if (jobs.jobs.empty())
    return answer->problem({ErrorKind::conflict, "nothing failed: there is nothing to restart", ""});
  if (const std::string problem = service.store.problem(); !problem.empty())
    return answer->problem({ErrorKind::unavailable, "not accepted: " + problem,
                            "nothing was stored; try again once that is mended"});
  plant(service, std::move(jobs), [&service, answer](Result<Planted> planted) {
    if (!planted) return answer->problem(planted.error());
    tell(service, std::move(*planted), answer);
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

Result<Restart> find_restart(store::Reader& reader, const Wanted& wanted) {
  if (wanted.of_workflow) return failed_workflow(reader, wanted.chosen.ids[0]);
  auto keys = keys_of(reader, wanted.chosen, final_states());
  if (!keys) return pass(keys.error());
  if (wanted.chosen.where) {  // what was restarted already is not what it means
    keys = not_restarted(reader, std::move(*keys));
    if (!keys) return pass(keys.error());
  }
  return wanted.subgraph ? failed_subgraph(reader, *keys) : single_restarts(reader, *keys);
}

Result<Found> find(store::Reader& reader, const Wanted& wanted, const SubmissionContext& context) {
  // What it would mean now is another matter: what it restarted then is not failed any more.
  auto before = repeat_of(reader, wanted.idempotency_key, wanted.fingerprint);
  if (!before) return pass(before.error());
  if (*before) return std::move(**before);
  auto restart = find_restart(reader, wanted);
  if (!restart) return pass(restart.error());
  if (wanted.dry_run) return shown(*restart);
  auto jobs = made_new(context, *restart);
  if (!jobs) return pass(jobs.error());
  jobs->idempotency_key = wanted.idempotency_key;
  jobs->fingerprint = wanted.fingerprint;
  return std::move(*jobs);
}

}  // namespace

void endpoint::restart(Service& service, Request request, Responder responder) {
  const auto flag = [&](const char* name) {
    const auto* value = request.parameter(name);
    return value && *value == "true";
  };
  Wanted wanted;
  wanted.of_workflow = request.segments[1] == "workflows";
  wanted.subgraph = flag("failed_subgraph");
  wanted.dry_run = flag("dry_run");
  if (!wanted.dry_run) wanted.idempotency_key = request.idempotency_key;
  wanted.fingerprint = fingerprint_of(request.target + '\n' + request.body);
  if (wanted.of_workflow) {
    wanted.chosen.ids = {request.segments[2]};
  } else {
    auto chosen = chosen_jobs_from(request);
    if (!chosen) return responder.problem(chosen.error());
    wanted.chosen = std::move(*chosen);
  }
  read<Found>(
      service,
      [wanted = std::move(wanted), context = service.submission_context()](store::Reader& reader) {
        return find(reader, wanted, context);
      },
      [&service, answer = answer_later(std::move(responder))](Result<Found> found) {
        if (!found) return answer->problem(found.error());
        if (auto* before = std::get_if<Planted>(&*found)) return tell(service, std::move(*before), answer);
        if (const auto* json = std::get_if<Json>(&*found)) return respond_json(*answer, *json);
        submit_again(service, std::move(std::get<NewJobs>(*found)), answer);
      });
}

}  // namespace ketrew::daemon
