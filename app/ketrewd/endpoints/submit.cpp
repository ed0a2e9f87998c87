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
  bool dry_run = false, each = false;
  NewJobs jobs;
  std::optional<Error> wrong;
};

void parse(Work& work, const SubmissionContext& context) {
  auto parsed = parse_submission(work.request.body, context);
  if (!parsed) {
    work.wrong = parsed.error();
    return;
  }
  work.each = parsed->each;
  work.jobs.idempotency_key = work.request.idempotency_key;
  work.jobs.fingerprint = fingerprint_of(work.request.body);
  work.jobs.jobs.resize(parsed->jobs.size());
  for (std::size_t i = 0; i < parsed->jobs.size(); ++i)
    work.jobs.jobs[i].spec = std::move(parsed->jobs[i]);
}

void accepted(Service& service, Result<Planted> result, const Answer& answer, bool each) {
  if (!result) return answer->problem(result.error());
  const auto planted = std::make_shared<const Planted>(std::move(*result));
  const auto make = [planted, each] {
    Json list = Json::array();
    for (const auto& job : planted->jobs) {
      if (each) {
        list.push_back(job.id.text());
        continue;
      }
      Json made{{"id", job.id.text()}, {"state", to_string(job.state)}};
      if (job.same_as) made["same_as"] = job.same_as->text();
      list.push_back(std::move(made));
    }
    Json json{{each ? "ids" : "jobs", std::move(list)}};
    if (planted->repeated) json["repeated"] = true;
    return json;
  };
  respond_large(service, answer, planted->jobs.size(), make, planted->repeated ? 200 : 201);
}

void show(Service& service, const std::shared_ptr<Work>& work) {
  const auto make = [work] {
    Json jobs = Json::array();
    for (const auto& job : work->jobs.jobs) jobs.push_back(to_json(job.spec));
    return Json{{"dry_run", true}, {"jobs", std::move(jobs)}};
  };
  respond_large(service, work->answer, work->jobs.jobs.size(), make);
}

void store_jobs(Service& service, const std::shared_ptr<Work>& work) {
  if (work->wrong) return work->answer->problem(*work->wrong);
  if (work->dry_run) return show(service, work);
  if (const std::string problem = service.store.problem(); !problem.empty())
    return work->answer->problem({ErrorKind::unavailable, "not accepted: " + problem,
                                 "nothing was stored; try again once that is mended"});
  plant(service, std::move(work->jobs),
        [&service, answer = work->answer, each = work->each](Result<Planted> result) {
          accepted(service, std::move(result), answer, each);
        });
}

}  // namespace

void endpoint::submit(Service& service, Request request, Responder responder) {
  auto work = std::make_shared<Work>();
  work->request = std::move(request);
  work->answer = answer_later(std::move(responder));
  if (const auto* dry = work->request.parameter("dry_run")) work->dry_run = *dry == "true";
  const SubmissionContext context = service.submission_context();
  if (work->request.body.size() <= small_body) {
    parse(*work, context);
    return store_jobs(service, work);
  }
  service.worker.run([&service, work, context] {
    parse(*work, context);
    post_to_loop(service, [&service, work] { store_jobs(service, work); });
  });
}

}  // namespace ketrew::daemon
