// POST /v1/jobs/{id}/restart and POST /v1/jobs/restart: new jobs, linked to the old ones.
#include "app/ketrewd/service.hpp"
#include "app/ketrewd/submission.hpp"

namespace ketrew::daemon {
namespace {

void submit_again(Service& service, std::vector<JobRecord> old, const Answer& answer,
                  const std::string& idempotency_key) {
  const Wall now = wall_now();
  const SubmissionContext context{service.profile, service.default_host()};
  store::Submission submission;
  submission.idempotency_key = idempotency_key;
  auto links = std::make_shared<std::vector<JobId>>();
  std::string digest;
  for (auto& record : old) {
    if (!is_final(record.progress.state))
      return answer->problem({ErrorKind::conflict,
                              "job " + record.id.text() + " is not over: it is " +
                                  std::string(to_string(record.progress.state)),
                              "kill it first, or wait for its end"});
    JobSpec spec = std::move(record.spec);
    spec.restart_of = record.id;
    if (const auto complete = complete_spec(spec, context); !complete)
      return answer->problem(complete.error());
    if (const auto checked = service.dispatcher.check_options(spec); !checked)
      return answer->problem(checked.error());
    links->push_back(record.id);
    digest += record.id.text();
    JobRecord fresh;
    fresh.key = ++service.last_key;
    fresh.id = service.ids.next(unix_milliseconds(now));
    fresh.submitted_at = now;
    fresh.progress.state = engine::initial_state(true, false, 0);
    HistoryEntry entry;
    entry.sequence = service.engine.next_sequence();
    entry.job = fresh.key;
    entry.id = fresh.id;
    entry.at = now;
    entry.to = fresh.progress.state;
    entry.reason = "restart of " + record.id.text();
    submission.history.push_back(std::move(entry));
    fresh.spec = std::move(spec);
    submission.jobs.push_back(std::move(fresh));
  }
  submission.fingerprint = fingerprint_of("restart " + digest);
  service.conductor.submit(
      std::move(submission), [&service, answer, links](Result<store::Accepted> accepted) {
        if (!accepted) return answer->problem(accepted.error());
        if (!accepted->repeated) service.submitted += accepted->ids.size();
        Json jobs = Json::array();
        for (std::size_t i = 0; i < accepted->ids.size(); ++i)
          jobs.push_back({{"id", accepted->ids[i].text()},
                          {"restart_of", (*links)[i].text()},
                          {"state", to_string(engine::initial_state(true, false, 0))}});
        respond_json(*answer, {{"jobs", std::move(jobs)}}, accepted->repeated ? 200 : 201);
      });
}

}  // namespace

void endpoint::restart(Service& service, Request request, Responder responder) {
  auto ids = ids_of(request);
  if (!ids) return responder.problem(ids.error());
  read<std::vector<JobRecord>>(
      service,
      [ids = std::move(*ids)](store::Reader& reader) -> Result<std::vector<JobRecord>> {
        std::vector<JobRecord> records;
        for (const auto& id : ids) {
          const auto key = reader.resolve(id);
          if (!key) return pass(key.error());
          auto record = reader.job(*key);
          if (!record) return pass(record.error());
          records.push_back(std::move(*record));
        }
        return records;
      },
      [&service, answer = answer_later(std::move(responder)),
       key = request.idempotency_key](Result<std::vector<JobRecord>> records) {
        if (!records) return answer->problem(records.error());
        submit_again(service, std::move(*records), answer, key);
      });
}

}  // namespace ketrew::daemon
