#include "app/ketrewd/end_chosen.hpp"

#include <algorithm>

namespace ketrew::daemon {
namespace {

struct Chosen {
  JobKey key = 0;
  JobId id;
  State state{};          // as stored
  std::size_t place = 0;  // in the answer
};

struct Told {
  JobId id;
  State state{}, before{};
  bool over = false;
};

// In pieces: a hundred thousand ends would keep everybody else waiting.
struct Ending {
  Service& service;
  std::vector<Chosen> jobs;
  std::function<void(JobKey)> end;
  Answer answer;
  std::size_t at = 0;
  std::vector<Told> told = {};
};

Told end_one(Ending& all, const Chosen& target) {
  const auto& engine = all.service.engine;
  const engine::Job* job = engine.find(target.key);
  const State before = job ? job->progress.state : target.state;
  const bool over = !job || is_final(before);
  if (over) return {target.id, before, before, true};
  all.end(target.key);
  return {target.id, engine.find(target.key)->progress.state, before, false};
}

Json to_json(const std::vector<Told>& told) {
  Json list = Json::array();
  for (const Told& each : told) {
    list.push_back({{"id", each.id.text()}, {"state", to_string(each.state)}, {"already_over", each.over}});
    if (!each.over) list.back()["before"] = to_string(each.before);
  }
  return Json{{"jobs", std::move(list)}};
}

void end_some(const std::shared_ptr<Ending>& all) {
  constexpr std::size_t at_once = 500;
  Service& service = all->service;
  for (const std::size_t stop = std::min(all->jobs.size(), all->at + at_once); all->at < stop; ++all->at)
    all->told[all->jobs[all->at].place] = end_one(*all, all->jobs[all->at]);
  if (all->at < all->jobs.size()) {
    service.conductor.pump();
    return post_to_loop(service, [all] { end_some(all); });
  }
  // The wish is kept whatever happens next: it is on disk before the answer.
  service.conductor.after_commit([all] {
    respond_large(all->service, all->answer, all->told.size(), [all] { return to_json(all->told); });
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
          jobs.push_back({key, standing->id, standing->state, jobs.size()});
        }
        // Else the end of one might ask for another of them.
        std::stable_partition(jobs.begin(), jobs.end(),
                              [](const Chosen& job) { return job.state == State::passive; });
        return jobs;
      },
      [&service, answer = answer_later(std::move(responder)),
       end = std::move(end)](Result<std::vector<Chosen>> jobs) {
        if (!jobs) return answer->problem(jobs.error());
        const auto all = std::make_shared<Ending>(Ending{service, std::move(*jobs), end, answer});
        all->told.resize(all->jobs.size());
        end_some(all);
      });
}

}  // namespace ketrew::daemon
