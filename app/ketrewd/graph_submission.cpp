#include "app/ketrewd/graph_submission.hpp"

#include <algorithm>

namespace ketrew::daemon {
namespace {

using Known = std::unordered_map<JobId, KnownJob>;

struct Planting {
  Service& service;
  NewJobs jobs;
  std::function<void(Result<Planted>)> done;
  std::shared_ptr<void> turn = {};  // held until the engine has them
  std::vector<ConditionDigest> digests = {};
  Standing standing = {};
  Plan plan = {};
};
using Shared = std::shared_ptr<Planting>;

// Work that looks at each job, then `next` on the loop.
void work(const Shared& request, std::function<void(Planting&)> each, std::function<void(const Shared&)> next) {
  if (request->jobs.jobs.size() <= few_jobs) {
    each(*request);
    return next(request);
  }
  request->service.worker.run([request, each = std::move(each), next = std::move(next)] {
    each(*request);
    post_to_loop(request->service, [request, next] { next(request); });
  });
}

Result<Planted> planted_before(store::Reader& reader, const std::vector<JobId>& ids) {
  Planted planted;
  planted.repeated = true;
  for (const auto& id : ids) {
    const auto key = reader.resolve(id.text());
    if (!key) return pass(key.error());
    const auto end = reader.standing(*key);
    if (!end) return pass(end.error());
    auto old = reader.restart_of(id);
    if (!old) return pass(old.error());
    Planted::Job job{id, end->state, {}, *old};
    if (end->id != id) job.same_as = end->id;
    planted.jobs.push_back(std::move(job));
  }
  if (!ids.empty())
    if (const auto workflow = reader.workflow_of(ids[0])) planted.workflow = *workflow;
  return planted;
}

void forget(Service& service, const std::vector<JobKey>& jobs) {
  for (const JobKey key : jobs) {
    service.dispatcher.forget(key);
    service.conditions.forget(key);
  }
}

void store_plan(const Shared& request) {
  Service& service = request->service;
  Plan& plan = request->plan;
  // In the order in which they are written, over all writes: so not before now.
  for (HistoryEntry& entry : plan.submission.history) entry.sequence = service.engine.next_sequence();
  std::vector<JobKey> remembered;
  for (Plan::Text& text : plan.texts) {
    remembered.push_back(text.job);
    service.dispatcher.remember(text.job, std::move(text.start));
    if (text.condition) service.conditions.remember(text.job, std::move(*text.condition));
  }
  service.conductor.submit(
      std::move(plan.submission), std::move(plan.jobs), std::move(plan.links),
      [request, remembered = std::move(remembered)](Result<store::Accepted> accepted) {
        Service& owner = request->service;
        request->turn.reset();
        if (!accepted || accepted->repeated) forget(owner, remembered);
        if (!accepted) return request->done(pass(accepted.error()));
        if (accepted->repeated)
          return read<Planted>(
              owner,
              [ids = std::move(accepted->ids)](store::Reader& reader) {
                return planted_before(reader, ids);
              },
              std::move(request->done));
        owner.submitted += request->plan.planted.jobs.size();
        request->done(std::move(request->plan.planted));
      });
}

// What the plan rests on, as it is now. What ends from here on the engine remembers.
void take_stock(const Shared& request, Known known) {
  Service& service = request->service;
  Standing& standing = request->standing;
  standing.now = wall_now();
  const std::size_t count = request->jobs.jobs.size();
  standing.first = service.last_key + 1;
  service.last_key += static_cast<JobKey>(count);
  standing.ids.resize(count + (request->jobs.workflow ? 1 : 0));
  for (JobId& id : standing.ids) id = service.ids.next(unix_milliseconds(standing.now));
  const auto unfinished = [&](JobKey key) -> const engine::Job* {
    const engine::Job* job = service.engine.find(key);
    return job && !is_final(job->progress.state) ? job : nullptr;
  };
  standing.known = std::move(known);
  for (auto& [id, each] : standing.known) each.open = unfinished(each.key) != nullptr;
  for (const ConditionDigest& digest : request->digests) {
    if (!digest) continue;
    const JobKey key = service.engine.equivalent(digest);
    if (const engine::Job* job = key == 0 ? nullptr : unfinished(key))
      standing.equals[digest] = {key, job->id, job->progress.state, job->stored};
  }
  work(request,
       [](Planting& each) { each.plan = make_plan(std::move(each.jobs), each.digests, each.standing); },
       store_plan);
}

void look_up(const Shared& request, std::vector<JobId> ids) {
  read<Known>(
      request->service,
      [ids = std::move(ids)](store::Reader& reader) -> Result<Known> {
        Known known;
        for (const auto& id : ids) {
          const auto key = reader.resolve(id.text());
          if (!key) return fail(key.error(), "an edge leads to a job that is not here");
          const auto end = reader.standing(*key);
          if (!end) return pass(end.error());
          known[id] = {*key, *end};
        }
        return known;
      },
      [request](Result<Known> known) {
        if (!known) return request->done(pass(known.error()));
        take_stock(request, std::move(*known));
      });
}

std::vector<JobId> older_jobs(const NewJobs& jobs) {
  std::vector<JobId> ids;
  for (const auto& job : jobs.jobs)
    for (const auto* list : {&job.spec.depends_on, &job.spec.on_success_activate, &job.spec.on_failure_activate})
      ids.insert(ids.end(), list->begin(), list->end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

void begin(const Shared& request, std::vector<JobId> older) {
  Service& service = request->service;
  service.engine.expect_links();
  if (older.empty()) return take_stock(request, {});
  // What the engine has let go of already can be read once that is on disk.
  service.conductor.after_commit([request, older = std::move(older)]() mutable {
    look_up(request, std::move(older));
  });
}

bool refers(const NewJob& job) {
  return has_condition(job.spec) || !job.needs.empty() || !job.on_success.empty() ||
         !job.on_failure.empty() || !job.active || !job.spec.depends_on.empty() ||
         !job.spec.on_success_activate.empty() || !job.spec.on_failure_activate.empty();
}

}  // namespace

Result<std::optional<Planted>> repeat_of(store::Reader& reader, const std::string& idempotency_key,
                                         const std::string& fingerprint) {
  if (idempotency_key.empty()) return std::optional<Planted>();
  const auto known = reader.repeat_of(idempotency_key, fingerprint);
  if (!known) return pass(known.error());
  if (!*known) return std::optional<Planted>();
  auto planted = planted_before(reader, (*known)->ids);
  if (!planted) return pass(planted.error());
  return std::move(*planted);
}

void plant(Service& service, NewJobs jobs, std::function<void(Result<Planted>)> done) {
  const auto request = std::make_shared<Planting>(Planting{service, std::move(jobs), std::move(done)});
  auto alone = std::make_shared<bool>(false);
  auto older = std::make_shared<std::vector<JobId>>();
  work(request,
       [alone, older](Planting& each) {
         each.digests = digests_of(each.jobs);
         *alone = std::any_of(each.jobs.jobs.begin(), each.jobs.jobs.end(), refers);
         *older = older_jobs(each.jobs);
       },
       [alone, older](const Shared& ready) {
         if (!*alone) return take_stock(ready, {});
         ready->service.graph_turns.take([ready, older](std::shared_ptr<void> turn) {
           ready->turn = std::move(turn);
           begin(ready, std::move(*older));
         });
       });
}

}  // namespace ketrew::daemon
