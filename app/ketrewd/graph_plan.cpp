#include "app/ketrewd/graph_plan.hpp"

#include <algorithm>
#include <unordered_set>

namespace ketrew::daemon {
namespace {

constexpr std::size_t most_remembered = 20'000;

template <class F>
void each_older(const JobSpec& spec, F f) {
  for (const auto& id : spec.depends_on) f(id, EdgeKind::needs);
  for (const auto& id : spec.on_success_activate) f(id, EdgeKind::on_success);
  for (const auto& id : spec.on_failure_activate) f(id, EdgeKind::on_failure);
}

class Planner {
 public:
  Planner(NewJobs& jobs, const std::vector<ConditionDigest>& digests, const Standing& standing)
      : new_(jobs), digests_(digests), standing_(standing), first_(standing.first) {
    for (const auto& [id, each] : standing.known) {
      if (is_final(each.end.state)) ends_[each.key] = each.end;
      if (each.open) open_.insert(each.key);
    }
    for (const auto& [digest, each] : standing.equals) {
      open_.insert(each.key);
      older_equals_[each.key] = &each;
    }
  }

  void make() {
    number();
    for (const std::uint32_t i : order())
      if (!new_.jobs[i].same_as) find_equivalent(i);
    for (std::size_t i = 0; i < new_.jobs.size(); ++i)
      if (const auto target = new_.jobs[i].same_as) keys_[i] = keys_[*target];
    for (std::size_t i = 0; i < new_.jobs.size(); ++i) connect(i);
    auto& edges = plan.submission.edges;
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    for (const Edge& edge : edges) weigh(edge);
    for (std::size_t i = 0; i < new_.jobs.size(); ++i) write_down(i);
    finish();
  }

  Plan plan;

 private:
  bool is_new(JobKey key) const { return key >= first_; }
  std::size_t place(JobKey key) const { return static_cast<std::size_t>(key - first_); }

  void number() {
    const std::size_t count = new_.jobs.size();
    keys_.resize(count);
    blocked_.assign(count, false);
    plan.planted.jobs.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      keys_[i] = first_ + static_cast<JobKey>(i);
      plan.planted.jobs[i].id = standing_.ids[i];
    }
    plan.submission.idempotency_key = new_.idempotency_key;
    plan.submission.fingerprint = new_.fingerprint;
    if (!new_.workflow) return;
    for (NewJob& job : new_.jobs) job.workflow = first_;
    new_.workflow->key = first_;
    new_.workflow->id = standing_.ids[count];
    new_.workflow->submitted_at = standing_.now;
    plan.planted.workflow = new_.workflow->id;
    plan.submission.workflow = std::move(new_.workflow);
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
    const ConditionDigest digest = digests_[i];
    if (!digest) return;
    if (const auto equal = standing_.equals.find(digest); equal != standing_.equals.end()) {
      keys_[i] = equal->second.key;
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
    if (source != target) plan.submission.edges.push_back({source, target, kind});
  }

  void connect(std::size_t i) {
    const NewJob& job = new_.jobs[i];
    const JobKey key = keys_[i];
    if (is_pointer(i) && job.active && !is_new(key))
      add_edge(first_ + static_cast<JobKey>(i), key, EdgeKind::asks);
    each_older(job.spec, [&](const JobId& id, EdgeKind kind) {
      const JobKey other = standing_.known.at(id).key;
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
      link.ended = JobEnd{plan.planted.jobs[place(edge.source)].id, State::passive, true};
    } else if (!is_new(edge.source) && !open_.contains(edge.source)) {
      if (const auto known = ends_.find(edge.source); known != ends_.end()) link.ended = known->second;
      succeeded = link.ended && status_of(link.ended->state) == Status::successful;
    }
    if (edge.kind == EdgeKind::needs && !succeeded) blocked_[place(edge.target)] = true;
    plan.links.push_back(std::move(link));
  }

  void note(JobKey job, const JobId& id, State state, std::string reason) {
    HistoryEntry entry;
    entry.job = job;
    entry.id = id;
    entry.at = standing_.now;
    entry.from = entry.to = state;
    entry.reason = std::move(reason);
    plan.submission.history.push_back(std::move(entry));
  }

  void write_down(std::size_t i) {
    NewJob& job = new_.jobs[i];
    Planted::Job& made = plan.planted.jobs[i];
    JobRecord record;
    record.key = first_ + static_cast<JobKey>(i);
    record.id = made.id;
    record.submitted_at = standing_.now;
    record.workflow = job.workflow;
    record.node = job.node;
    made.restart_of = job.spec.restart_of;
    if (is_pointer(i)) {
      record.same_as = keys_[i];
      point(made, keys_[i]);
    } else {
      made.state = engine::initial_state(job.active, has_condition(job.spec), blocked_[i] ? 1 : 0);
      record.progress.state = made.state;
      record.progress.asked_for = job.active;
      note(record.key, record.id, made.state, job.reason);
      plan.submission.history.back().from = State::passive;
      hand_over(record, job.spec, digests_[i]);
    }
    name_edges(job);
    record.spec = std::move(job.spec);
    plan.submission.jobs.push_back(std::move(record));
  }

  // What the engine is to have of it once it is stored.
  void hand_over(const JobRecord& record, const JobSpec& spec, const ConditionDigest& digest) {
    plan.jobs.push_back({record.key, record.id, spec.backend, spec.host, spec.retries, has_condition(spec),
                         record.progress, spec.timeout.value_or(Milliseconds(0)), digest, record.workflow});
    if (new_.jobs.size() > most_remembered) return;
    Plan::Text text{record.key, start_texts_of(spec), {}};
    if (has_condition(spec)) text.condition = Conditions::text_of(*spec.condition);
    plan.texts.push_back(std::move(text));
  }

  // Edges within the request, by the ids that their ends have now.
  void name_edges(NewJob& job) const {
    const auto name = [this](const std::vector<std::uint32_t>& places, std::vector<JobId>& ids) {
      ids.reserve(ids.size() + places.size());
      for (const std::uint32_t other : places) ids.push_back(plan.planted.jobs[other].id);
    };
    name(job.needs, job.spec.depends_on);
    name(job.on_success, job.spec.on_success_activate);
    name(job.on_failure, job.spec.on_failure_activate);
  }

  void point(Planted::Job& made, JobKey target) {
    const std::string reason = "job " + made.id.text() + " is for the same thing: it is this one";
    if (is_new(target)) {
      const Planted::Job& other = plan.planted.jobs[place(target)];
      made.same_as = other.id;
      made.state = other.state;  // what is pointed to may come later in the list: see `plant`
      late_notes_.push_back({target, other.id, reason});
      return;
    }
    const Equal& other = *older_equals_.at(target);
    made.same_as = other.id;
    made.state = other.state;
    note(target, other.id, other.stored, reason);
  }

  // Once all states are known.
  void finish() {
    auto& jobs = plan.planted.jobs;
    for (auto& [key, id, reason] : late_notes_) note(key, id, jobs[place(key)].state, reason);
    for (std::size_t i = 0; i < jobs.size(); ++i)
      if (is_pointer(i) && is_new(keys_[i])) jobs[i].state = jobs[place(keys_[i])].state;
  }

  struct LateNote {
    JobKey key;
    JobId id;
    std::string reason;
  };
  NewJobs& new_;
  const std::vector<ConditionDigest>& digests_;
  const Standing& standing_;
  const JobKey first_;
  std::unordered_map<JobKey, JobEnd> ends_;
  std::unordered_set<JobKey> open_;
  std::unordered_map<JobKey, const Equal*> older_equals_;
  std::vector<JobKey> keys_;  // of each, pointers followed
  std::vector<bool> blocked_;
  std::unordered_map<ConditionDigest, JobKey> equivalents_;
  std::vector<LateNote> late_notes_;
};

}  // namespace

std::vector<ConditionDigest> digests_of(const NewJobs& jobs) {
  std::vector<ConditionDigest> digests;
  digests.reserve(jobs.jobs.size());
  for (const NewJob& job : jobs.jobs)
    digests.push_back(job.same_as ? ConditionDigest() : equivalence_of(job.spec));
  return digests;
}

Plan make_plan(NewJobs jobs, const std::vector<ConditionDigest>& digests, const Standing& standing) {
  Planner planner(jobs, digests, standing);
  planner.make();
  return std::move(planner.plan);
}

}  // namespace ketrew::daemon
