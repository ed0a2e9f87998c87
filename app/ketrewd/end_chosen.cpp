#include "app/ketrewd/end_chosen.hpp"

namespace ketrew::daemon {
namespace {

struct Chosen {
  JobKey key = 0;
  JobId id;
  State state{};  // as stored
};

void end_them(Service& service, const std::vector<Chosen>& jobs, const Answer& answer,
              const std::function<void(JobKey)>& end) {
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

}  // namespace

void end_chosen(Service& service, ChosenJobs chosen, Responder responder,
                std::function<void(JobKey)> end) {
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
      [&service, answer = answer_later(std::move(responder)),
       end = std::move(end)](Result<std::vector<Chosen>> jobs) {
        if (!jobs) return answer->problem(jobs.error());
        end_them(service, *jobs, answer, end);
      });
}

}  // namespace ketrew::daemon
