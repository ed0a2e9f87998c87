// POST /v1/jobs
#include "app/ketrewd/graph_submission.hpp"
#include "app/ketrewd/service.hpp"
#include "app/ketrewd/submission.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t small_body = 64 << 10;  // parsed on the loop; a larger one is not
struct Work {
  Request request;
  Answer answer;
  bool dry_run = false;
  Result<ParsedSubmission> parsed = fail(ErrorKind::internal, "not parsed");
};

void accepted(const Result<Planted>& result, const Answer& answer, bool each) {
  if (!result) return answer->problem(result.error());
  Json json = Json::object();
  Json list = Json::array();
  for (const auto& job : result->jobs) {
    if (each) {
      list.push_back(job.id.text());
      continue;
    }
    Json made{{"id", job.id.text()}, {"state", to_string(job.state)}};
    if (job.same_as) made["same_as"] = job.same_as->text();
    list.push_back(std::move(made));
  }
  json[each ? "ids" : "jobs"] = std::move(list);
  if (result->repeated) json["repeated"] = true;
  respond_json(*answer, json, result->repeated ? 200 : 201);
}

void store_jobs(Service& service, Work& work) {
  ParsedSubmission& parsed = *work.parsed;
  for (std::size_t i = 0; i < parsed.to_check; ++i) {
    const JobSpec& spec = parsed.jobs[i];
    if (const auto checked = service.dispatcher.check_options(spec); !checked)
      return work.answer->problem(checked.error());
  }
  if (work.dry_run) {
    Json jobs = Json::array();
    for (const auto& spec : parsed.jobs) jobs.push_back(to_json(spec));
    return respond_json(*work.answer, {{"dry_run", true}, {"jobs", std::move(jobs)}});
  }
  if (const std::string problem = service.store.problem(); !problem.empty())
    return work.answer->problem({ErrorKind::unavailable, "not accepted: " + problem,
                                 "nothing was stored; try again once that is mended"});
  NewJobs jobs;
  jobs.idempotency_key = work.request.idempotency_key;
  jobs.fingerprint = fingerprint_of(work.request.body);
  jobs.jobs.resize(parsed.jobs.size());
  for (std::size_t i = 0; i < parsed.jobs.size(); ++i) jobs.jobs[i].spec = std::move(parsed.jobs[i]);
  plant(service, std::move(jobs), [answer = work.answer, each = parsed.each](Result<Planted> result) {
    accepted(result, answer, each);
  });
}

}  // namespace

void endpoint::submit(Service& service, Request request, Responder responder) {
  auto work = std::make_shared<Work>();
  work->request = std::move(request);
  work->answer = answer_later(std::move(responder));
  if (const auto* dry = work->request.parameter("dry_run")) work->dry_run = *dry == "true";
  const SubmissionContext context{service.profile, service.default_host()};
  const auto parsed = [&service, work] {
    if (!work->parsed) return work->answer->problem(work->parsed.error());
    store_jobs(service, *work);
  };
  if (work->request.body.size() <= small_body) {
    work->parsed = parse_submission(work->request.body, context);
    return parsed();
  }
  service.worker.run([&service, work, context, parsed] {
    work->parsed = parse_submission(work->request.body, context);
    post_to_loop(service, parsed);
  });
}

}  // namespace ketrew::daemon
