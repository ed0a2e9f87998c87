// POST /v1/jobs/{id}/kill and POST /v1/jobs/kill
#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {
namespace {

struct Target {
  JobKey key = 0;
  JobId id;
  State state{};  // as stored
};

void kill_targets(Service& service, const std::vector<Target>& targets, const Answer& answer) {
  Json jobs = Json::array();
  const Now now = read_clocks();
  for (const Target& target : targets) {
    const engine::Job* job = service.engine.find(target.key);
    const bool over = !job;
    State state = target.state;
    if (job) {
      service.engine.kill(target.key, "killed by the user", now);
      job = service.engine.find(target.key);
      state = job->progress.state;
    }
    jobs.push_back({{"id", target.id.text()}, {"state", to_string(state)}, {"already_over", over}});
  }
  // The wish is kept whatever happens next: it is on disk before the answer.
  service.conductor.after_commit([answer, jobs = std::move(jobs)] {
    respond_json(*answer, {{"jobs", jobs}});
  });
}

}  // namespace

void endpoint::kill(Service& service, Request request, Responder responder) {
  auto ids = ids_of(request);
  if (!ids) return responder.problem(ids.error());
  read<std::vector<Target>>(
      service,
      [ids = std::move(*ids)](store::Reader& reader) -> Result<std::vector<Target>> {
        std::vector<Target> targets;
        for (const auto& id : ids) {
          const auto key = reader.resolve(id);
          if (!key) return pass(key.error());
          const auto record = reader.job(*key);
          if (!record) return pass(record.error());
          targets.push_back({*key, record->id, record->progress.state});
        }
        return targets;
      },
      [&service, answer = answer_later(std::move(responder))](Result<std::vector<Target>> targets) {
        if (!targets) return answer->problem(targets.error());
        kill_targets(service, *targets, answer);
      });
}

}  // namespace ketrew::daemon
