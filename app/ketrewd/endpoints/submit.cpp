// POST /v1/jobs
#include "app/ketrewd/service.hpp"
#include "app/ketrewd/submission.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t small_body = 64 << 10;  // parsed on the loop; a larger one is not
constexpr std::size_t most_remembered = 20'000;

struct Work {
  Request request;
  Answer answer;
  bool dry_run = false;
  Result<ParsedSubmission> parsed = fail(ErrorKind::internal, "not parsed");
};

void accepted(const Result<store::Accepted>& result, const Answer& answer, bool each, State state) {
  if (!result) return answer->problem(result.error());
  Json json = Json::object();
  if (each) {
    Json ids = Json::array();
    for (const auto& id : result->ids) ids.push_back(id.text());
    json["ids"] = std::move(ids);
  } else {
    Json jobs = Json::array();
    for (const auto& id : result->ids)
      jobs.push_back({{"id", id.text()}, {"state", to_string(state)}});
    json["jobs"] = std::move(jobs);
  }
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
  const Wall now = wall_now();
  const State state = engine::initial_state(true, false, 0);
  store::Submission submission;
  submission.idempotency_key = work.request.idempotency_key;
  submission.fingerprint = fingerprint_of(work.request.body);
  submission.jobs.reserve(parsed.jobs.size());
  submission.history.reserve(parsed.jobs.size());
  auto keys = std::make_shared<std::vector<JobKey>>();
  for (auto& spec : parsed.jobs) {
    JobRecord record;
    record.key = ++service.last_key;
    record.id = service.ids.next(unix_milliseconds(now));
    record.submitted_at = now;
    record.progress.state = state;
    HistoryEntry entry;
    entry.sequence = service.engine.next_sequence();
    entry.job = record.key;
    entry.id = record.id;
    entry.at = now;
    entry.to = state;
    entry.reason = "submitted";
    submission.history.push_back(std::move(entry));
    if (parsed.jobs.size() <= most_remembered) {
      service.dispatcher.remember(record.key, spec);
      keys->push_back(record.key);
    }
    record.spec = std::move(spec);
    submission.jobs.push_back(std::move(record));
  }
  service.conductor.submit(
      std::move(submission), [&service, answer = work.answer, each = parsed.each, state, keys,
                              count = parsed.jobs.size()](Result<store::Accepted> result) {
        if (result && !result->repeated) service.submitted += count;
        else
          for (const JobKey key : *keys) service.dispatcher.forget(key);
        accepted(result, answer, each, state);
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
