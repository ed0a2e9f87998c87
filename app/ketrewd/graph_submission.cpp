#include "app/ketrewd/graph_submission.hpp"

#include <algorithm>
#include <deque>

namespace ketrew::daemon {
namespace {

// What is known of the older jobs that are referred to; pointers are followed.
struct Known {
  JobKey key = 0;
  JobEnd end;  // an end only if its state is final
};
using KnownJobs = std::unordered_map<JobId, Known>;

struct Planting {
  Service& service;
  NewJobs jobs;
  std::function<void(Result<Planted>)> done;
  std::shared_ptr<void> turn;  // held until the engine has them
};

template <class F>
void each_reference(const JobSpec& spec, F f) {
  for (const auto& id : spec.depends_on) f(id, EdgeKind::needs);
  for (const auto& id : spec.on_success_activate) f(id, EdgeKind::on_success);
  for (const auto& id : spec.on_failure_activate) f(id, EdgeKind::on_failure);
}

class Plan {
 public:
  Plan(Planting& request, const KnownJobs& known)
      : service_(request.service), new_(request.jobs), known_(known), now_(wall_now()) {
    for (const auto& [id, each] : known)
      if (is_final(each.end.state)) ends_[each.key] = each.end;
  }

  void make() {
    number();
    for (const std::uint32_t i : order()) find_equivalent(i);
    for (std::size_t i = 0; i < new_.jobs.size(); ++i) connect(i);
    std::sort(submission.edges.begin(), submission.edges.end());
    submission.edges.erase(std::unique(submission.edges.begin(), submission.edges.end()),
                           submission.edges.end());
    for (const Edge& edge : submission.edges) weigh(edge);
    for (std::size_t i = 0; i < new_.jobs.size(); ++i) write_down(i);
  }

  store::Submission submission;
  std::vector<engine::Link> links;
  Planted planted;

 private:
  bool is_new(JobKey key) const { return key >= first_; }
  std::size_t place(JobKey key) const { return static_cast<std::size_t>(key - first_); }

  void number() {
    const std::size_t count = new_.jobs.size();
    first_ = service_.last_key + 1;
    service_.last_key += static_cast<JobKey>(count);
    keys_.resize(count);
    blocked_.assign(count, false);
    planted.jobs.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      keys_[i] = first_ + static_cast<JobKey>(i);
      planted.jobs[i].id = service_.ids.next(unix_milliseconds(now_));
    }
    submission.idempotency_key = new_.idempotency_key;
    submission.fingerprint = new_.fingerprint;
    if (!new_.workflow) return;
    submission.workflow = new_.workflow;
    submission.workflow->key = first_;
    for (NewJob& job : new_.jobs) job.workflow = first_;
    submission.workflow->id = service_.ids.next(unix_milliseconds(now_));
    submission.workflow->submitted_at = now_;
    planted.workflow = submission.workflow->id;
  }

  // What is needed comes first: so a pointer leads to a job that cannot be waiting for it.
  std::vector<std::uint32_t> order() const {
    const std::size_t count = new_.jobs.size();
    std::vector<std::uint32_t> order, left(count, 0);
    std::vector<std::vector<std::uint32_t>> dependents(count);
    order.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      for (const std::uint32_t other : new_.jobs[i].needs) dependents[other].push_back(i);
      left[i] = static_cast<std::uint32_t>(new_.jobs[i].needs.size());
      if (left[i] == 0) order.push_back(i);
    }
    for (std::size_t at = 0; at < order.size(); ++at)
      for (const std::uint32_t i : dependents[order[at]])
        if (--left[i] == 0) order.push_back(i);
    return order;
  }

  void find_equivalent(std::uint32_t i) {
    const ConditionDigest digest = equivalence_of(new_.jobs[i].spec);
    if (!digest) return;
    if (const JobKey key = service_.engine.equivalent(digest); key != 0) {
      keys_[i] = key;
      return;
    }
    const auto [at, fresh] = equivalents_.emplace(digest, keys_[i]);
    if (fresh) return;
    keys_[i] = at->second;
    // Whoever asks for the pointer asks for the job.
    if (new_.jobs[i].active) new_.jobs[place(at->second)].active = true;
  }

  bool is_pointer(std::size_t i) const { return keys_[i] != first_ + static_cast<JobKey>(i); }

  void add_edge(JobKey source, JobKey target, EdgeKind kind) {
    if (source != target) submission.edges.push_back({source, target, kind});
  }

  void connect(std::size_t i) {
    const NewJob& job = new_.jobs[i];
    const JobKey key = keys_[i];
    if (is_pointer(i) && job.active && !is_new(key))
      add_edge(first_ + static_cast<JobKey>(i), key, EdgeKind::asks);
    each_reference(job.spec, [&](const JobId& id, EdgeKind kind) {
      const JobKey other = known_.at(id).key;
      if (kind != EdgeKind::needs) return add_edge(key, other, kind);
      if (!is_pointer(i)) add_edge(other, key, kind);  // the job itself has what it needs
    });
    if (!is_pointer(i))
      for (const std::uint32_t other : job.needs) add_edge(keys_[other], key, EdgeKind::needs);
    for (const std::uint32_t other : job.on_success) add_edge(key, keys_[other], EdgeKind::on_success);
    for (const std::uint32_t other : job.on_failure) add_edge(key, keys_[other], EdgeKind::on_failure);
  }

  // What the engine has to know of an edge; and whether it holds its target up.
  void weigh(const Edge& edge) {
    engine::Link link{edge, {}};
    bool succeeded = false;
    if (edge.kind == EdgeKind::asks) {
      link.ended = JobEnd{planted.jobs[place(edge.source)].id, State::passive, true};
    } else if (!is_new(edge.source) && !is_open(edge.source)) {
      if (const auto known = ends_.find(edge.source); known != ends_.end()) link.ended = known->second;
      succeeded = link.ended && status_of(link.ended->state) == Status::successful;
    }
    if (edge.kind == EdgeKind::needs && !succeeded) blocked_[place(edge.target)] = true;
    links.push_back(std::move(link));
  }
  bool is_open(JobKey key) const {
    const engine::Job* job = service_.engine.find(key);
    return job && !is_final(job->progress.state);
  }

  void note(JobKey job, const JobId& id, State state, std::string reason) {
    HistoryEntry entry;
    entry.sequence = service_.engine.next_sequence();
    entry.job = job;
    entry.id = id;
    entry.at = now_;
    entry.from = entry.to = state;
    entry.reason = std::move(reason);
    submission.history.push_back(std::move(entry));
  }

  void write_down(std::size_t i) {
    NewJob& job = new_.jobs[i];
    Planted::Job& made = planted.jobs[i];
    JobRecord record;
    record.key = first_ + static_cast<JobKey>(i);
    record.id = made.id;
    record.submitted_at = now_;
    record.workflow = job.workflow;
    record.node = job.node;
    if (is_pointer(i)) {
      record.same_as = keys_[i];
      point(made, keys_[i]);
    } else {
      made.state = engine::initial_state(job.active, has_condition(job.spec), blocked_[i] ? 1 : 0);
      record.progress.state = made.state;
      record.progress.asked_for = job.active;
      note(record.key, record.id, made.state, job.reason);
      submission.history.back().from = State::passive;
    }
    name_edges(job);
    record.spec = std::move(job.spec);
    submission.jobs.push_back(std::move(record));
  }

  // Edges within the request, by the ids that their ends have now.
  void name_edges(NewJob& job) const {
    const auto name = [this](const std::vector<std::uint32_t>& places, std::vector<JobId>& ids) {
      ids.reserve(ids.size() + places.size());
      for (const std::uint32_t other : places) ids.push_back(planted.jobs[other].id);
    };
    name(job.needs, job.spec.depends_on);
    name(job.on_success, job.spec.on_success_activate);
    name(job.on_failure, job.spec.on_failure_activate);
  }

  void point(Planted::Job& made, JobKey target) {
    const std::string reason = "job " + made.id.text() + " is for the same thing: it is this one";
    if (is_new(target)) {
      const Planted::Job& other = planted.jobs[place(target)];
      made.same_as = other.id;
      made.state = other.state;  // what is pointed to may come later in the list: see `plant`
      late_notes_.push_back({target, other.id, reason});
      return;
    }
    const engine::Job& other = *service_.engine.find(target);
    made.same_as = other.id;
    made.state = other.progress.state;
    note(target, other.id, other.stored, reason);
  }

 public:
  // Once all states are known.
  void finish() {
    for (auto& [key, id, reason] : late_notes_) note(key, id, planted.jobs[place(key)].state, reason);
    for (std::size_t i = 0; i < planted.jobs.size(); ++i)
      if (is_pointer(i) && is_new(keys_[i])) planted.jobs[i].state = planted.jobs[place(keys_[i])].state;
  }

 private:
  struct LateNote {
    JobKey key;
    JobId id;
    std::string reason;
  };
  Service& service_;
  NewJobs& new_;
  const KnownJobs& known_;
  std::unordered_map<JobKey, JobEnd> ends_;
  const Wall now_;
  JobKey first_ = 0;
  std::vector<JobKey> keys_;  // of each, pointers followed
  std::vector<bool> blocked_;
  std::unordered_map<ConditionDigest, JobKey> equivalents_;
  std::vector<LateNote> late_notes_;
};

// -- repeats ---------------------------------------------------------------------------------------

void tell_repeat(Service& service, std::vector<JobId> ids, std::function<void(Result<Planted>)> done) {
  read<Planted>(
      service,
      [ids = std::move(ids)](store::Reader& reader) -> Result<Planted> {
        Planted planted;
        planted.repeated = true;
        for (const auto& id : ids) {
          const auto key = reader.resolve(id.text());
          if (!key) return pass(key.error());
          const auto end = reader.standing(*key);
          if (!end) return pass(end.error());
          Planted::Job job{id, end->state, {}};
          if (end->id != id) job.same_as = end->id;
          planted.jobs.push_back(std::move(job));
        }
        if (!ids.empty())
          if (const auto workflow = reader.workflow_of(ids[0])) planted.workflow = *workflow;
        return planted;
      },
      std::move(done));
}

// -- the way through -------------------------------------------------------------------------------

void store_plan(const std::shared_ptr<Planting>& request, const KnownJobs& known) {
  Service& service = request->service;
  auto plan = std::make_shared<Plan>(*request, known);
  plan->make();
  plan->finish();
  constexpr std::size_t most_remembered = 20'000;
  auto remembered = std::make_shared<std::vector<JobKey>>();
  if (plan->submission.jobs.size() <= most_remembered) {
    for (const auto& job : plan->submission.jobs) {
      if (job.same_as != 0) continue;
      service.dispatcher.remember(job.key, job.spec);
      service.conditions.remember(job.key, job.spec);
      remembered->push_back(job.key);
    }
  }
  auto planted = std::make_shared<Planted>(std::move(plan->planted));
  service.conductor.submit(
      std::move(plan->submission), std::move(plan->links),
      [request, planted, remembered](Result<store::Accepted> accepted) {
        Service& owner = request->service;
        request->turn.reset();
        if (!accepted || accepted->repeated) {
          for (const JobKey key : *remembered) {
            owner.dispatcher.forget(key);
            owner.conditions.forget(key);
          }
          if (!accepted) return request->done(pass(accepted.error()));
          return tell_repeat(owner, std::move(accepted->ids), std::move(request->done));
        }
        owner.submitted += planted->jobs.size();
        request->done(std::move(*planted));
      });
}

void look_up(const std::shared_ptr<Planting>& request, std::vector<JobId> ids) {
  read<KnownJobs>(
      request->service,
      [ids = std::move(ids)](store::Reader& reader) -> Result<KnownJobs> {
        KnownJobs known;
        for (const auto& id : ids) {
          const auto key = reader.resolve(id.text());
          if (!key) return fail(key.error(), "an edge leads to a job that is not here");
          const auto end = reader.standing(*key);
          if (!end) return pass(end.error());
          known[id] = {*key, *end};
        }
        return known;
      },
      [request](Result<KnownJobs> known) {
        if (!known) return request->done(pass(known.error()));
        store_plan(request, *known);
      });
}

void begin(const std::shared_ptr<Planting>& request) {
  Service& service = request->service;
  service.engine.expect_links();
  std::vector<JobId> ids;
  for (const auto& job : request->jobs.jobs)
    each_reference(job.spec, [&](const JobId& id, EdgeKind) { ids.push_back(id); });
  if (ids.empty()) return store_plan(request, {});
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  // What the engine has let go of already can be read once that is on disk.
  service.conductor.after_commit([request, ids = std::move(ids)]() mutable {
    look_up(request, std::move(ids));
  });
}

}  // namespace

void plant(Service& service, NewJobs jobs, std::function<void(Result<Planted>)> done) {
  auto request = std::make_shared<Planting>(Planting{service, std::move(jobs), std::move(done), {}});
  const auto& list = request->jobs.jobs;
  const bool alone = std::any_of(list.begin(), list.end(), [](const NewJob& job) {
    bool refers = has_condition(job.spec) || !job.needs.empty() || !job.on_success.empty() ||
                  !job.on_failure.empty() || !job.active;
    each_reference(job.spec, [&](const JobId&, EdgeKind) { refers = true; });
    return refers;
  });
  if (!alone) return store_plan(request, {});
  service.graph_turns.take([request](std::shared_ptr<void> turn) {
    request->turn = std::move(turn);
    begin(request);
  });
}

}  // namespace ketrew::daemon
