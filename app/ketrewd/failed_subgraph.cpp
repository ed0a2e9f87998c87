#include "app/ketrewd/failed_subgraph.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace ketrew::daemon {
namespace {

constexpr std::size_t no_limit = 10'000'000;

bool failed(State state) { return is_final(state) && status_of(state) == Status::failed; }
// It came to nothing because of others.
bool by_others(const JobEnd& end) {
  return end.state == State::dependency_failed || (end.state == State::killed && !end.asked_for);
}

// Nodes that stand for it, in whatever workflow.
Result<> add_pointers(store::Reader& reader, JobKey key, Restart::Job& job) {
  const auto pointers = reader.pointers_to(key, no_limit);
  if (!pointers) return pass(pointers.error());
  for (const store::Pointer& pointer : *pointers) {
    if (pointer.workflow == 0 || pointer.superseded) continue;
    const auto text = reader.spec_text(pointer.key);
    if (!text) return pass(text.error());
    auto spec = job_spec_from_json(Json::parse(*text, nullptr, false));
    if (!spec) return fail(spec.error(), "job " + pointer.id.text());
    job.pointers.push_back({pointer.id, std::move(*spec), pointer.workflow, pointer.node});
  }
  return {};
}

// What was restarted since is not what counts any more.
Result<JobKey> newest(store::Reader& reader, JobKey key) {
  for (int steps = 0; steps < 10'000; ++steps) {
    const auto end = reader.standing(key);
    if (!end) return pass(end.error());
    const auto again = reader.restarts_of(end->id);
    if (!again) return pass(again.error());
    if (again->empty()) return key;
    const auto next = reader.resolve(again->back().text());
    if (!next) return pass(next.error());
    if (*next == key) return key;
    key = *next;
  }
  return key;
}

template <class F>
void each_activated(const Restart::Job& job, F f) {
  for (const auto* list : {&job.needs, &job.on_success, &job.on_failure})
    for (const std::uint32_t other : *list) f(other);
}

// Asked for at once: what had been asked for and failed, where no other of these may ask for it again.
// Of a circle that nothing else leads to, the first.
void choose_active(Restart& restart) {
  const auto wanted = [](const Restart::Job& job) {
    return job.old.progress.asked_for && status_of(job.old.progress.state) != Status::successful;
  };
  std::vector<bool> has_asker(restart.jobs.size(), false), reached(restart.jobs.size(), false);
  for (const auto& job : restart.jobs)
    if (wanted(job)) each_activated(job, [&](std::uint32_t other) { has_asker[other] = true; });
  std::vector<std::uint32_t> rest;
  const auto activate = [&](std::uint32_t start) {
    restart.jobs[start].active = reached[start] = true;
    for (rest = {start}; !rest.empty();) {
      const std::uint32_t here = rest.back();
      rest.pop_back();
      each_activated(restart.jobs[here], [&](std::uint32_t other) {
        if (reached[other]) return;
        reached[other] = true;
        rest.push_back(other);
      });
    }
  };
  for (auto& job : restart.jobs) job.active = false;
  for (const bool also_circles : {false, true})
    for (std::uint32_t i = 0; i < restart.jobs.size(); ++i)
      if (wanted(restart.jobs[i]) && !reached[i] && (also_circles || !has_asker[i])) activate(i);
}

class Subgraph {
 public:
  explicit Subgraph(store::Reader& reader) : reader_(reader) {}

  Result<> add(JobKey given) {
    const auto newer = newest_of(given);
    if (!newer) return pass(newer.error());
    const JobKey key = *newer;
    const auto end = standing(key);
    if (!end) return pass(end.error());
    if (failed(end->state)) take(key, *end);
    return {};
  }

  // Along the edges until nothing is added any more.
  Result<> grow() {
    for (std::size_t at = 0; at < order_.size(); ++at) {
      const JobKey key = order_[at];
      const auto to = reader_.edges_to(key, no_limit);
      if (!to) return pass(to.error());
      for (const Edge& edge : *to) {
        if (edge.kind != EdgeKind::needs) continue;  // who would have activated it need not fail
        const auto source = newest_of(edge.source);
        if (!source) return pass(source.error());
        const auto end = standing(*source);
        if (!end) return pass(end.error());
        if (failed(end->state)) take(*source, *end);
      }
      const auto from = reader_.edges_from(key, no_limit);
      if (!from) return pass(from.error());
      for (const Edge& edge : *from) {
        const auto target = newest_of(edge.target);
        if (!target) return pass(target.error());
        const auto end = standing(*target);
        if (!end) return pass(end.error());
        const bool again = edge.kind == EdgeKind::needs ? by_others(*end) : is_final(end->state);
        if (again && edge.kind != EdgeKind::asks) take(*target, *end);
      }
    }
    return {};
  }

  Result<Restart> finish() {
    std::sort(order_.begin(), order_.end());
    std::unordered_map<JobKey, std::uint32_t> place;
    for (const JobKey key : order_) place.emplace(key, static_cast<std::uint32_t>(place.size()));
    Restart restart;
    for (const JobKey key : order_) {
      auto record = reader_.job(key);
      if (!record) return pass(record.error());
      Restart::Job job;
      job.old = std::move(*record);
      if (auto added = add_pointers(reader_, key, job); !added) return pass(added.error());
      restart.jobs.push_back(std::move(job));
    }
    for (const JobKey key : order_)
      if (auto linked = connect(restart, place, key); !linked) return pass(linked.error());
    choose_active(restart);
    return restart;
  }

 private:
  Result<JobEnd> standing(JobKey key) {
    if (const auto known = ends_.find(key); known != ends_.end()) return known->second;
    auto end = reader_.standing(key);
    if (end) ends_[key] = *end;
    return end;
  }
  Result<JobKey> newest_of(JobKey key) {
    if (const auto known = newest_.find(key); known != newest_.end()) return known->second;
    auto found = newest(reader_, key);
    if (found) newest_[key] = *found;
    return found;
  }
  void take(JobKey key, const JobEnd& end) {
    if (taken_.emplace(key, end).second) order_.push_back(key);
  }

  Result<> connect(Restart& restart, const std::unordered_map<JobKey, std::uint32_t>& place, JobKey key) {
    Restart::Job& job = restart.jobs[place.at(key)];
    const auto to = reader_.edges_to(key, no_limit);
    if (!to) return pass(to.error());
    for (const Edge& edge : *to) {
      if (edge.kind != EdgeKind::needs) continue;
      const auto source = newest_of(edge.source);
      if (!source) return pass(source.error());
      if (const auto other = place.find(*source); other != place.end()) {
        job.needs.push_back(other->second);
        continue;
      }
      const auto end = standing(*source);
      if (!end) return pass(end.error());
      job.depends_on.push_back(end->id);
    }
    const auto from = reader_.edges_from(key, no_limit);
    if (!from) return pass(from.error());
    for (const Edge& edge : *from) {
      if (edge.kind != EdgeKind::on_success && edge.kind != EdgeKind::on_failure) continue;
      const bool success = edge.kind == EdgeKind::on_success;
      const auto target = newest_of(edge.target);
      if (!target) return pass(target.error());
      if (const auto other = place.find(*target); other != place.end()) {
        (success ? job.on_success : job.on_failure).push_back(other->second);
        continue;
      }
      const auto end = standing(*target);
      if (!end) return pass(end.error());
      (success ? job.on_success_activate : job.on_failure_activate).push_back(end->id);
    }
    return {};
  }

  store::Reader& reader_;
  std::vector<JobKey> order_;
  std::unordered_map<JobKey, JobEnd> taken_, ends_;
  std::unordered_map<JobKey, JobKey> newest_;
};

Result<Restart> grown(Subgraph& subgraph) {
  if (auto done = subgraph.grow(); !done) return pass(done.error());
  return subgraph.finish();
}

// To the newest job at each other end.
Result<> edges_as_they_are(store::Reader& reader, JobKey key, Restart::Job& job) {
  auto edges = reader.edges_to(key, no_limit);
  const auto from = reader.edges_from(key, no_limit);
  if (!edges) return pass(edges.error());
  if (!from) return pass(from.error());
  std::erase_if(*edges, [](const Edge& edge) { return edge.kind != EdgeKind::needs; });
  for (const Edge& edge : *from)
    if (edge.kind == EdgeKind::on_success || edge.kind == EdgeKind::on_failure) edges->push_back(edge);
  for (const Edge& edge : *edges) {
    const auto other = newest(reader, edge.kind == EdgeKind::needs ? edge.source : edge.target);
    if (!other) return pass(other.error());
    const auto end = reader.standing(*other);
    if (!end) return pass(end.error());
    (edge.kind == EdgeKind::needs        ? job.depends_on
     : edge.kind == EdgeKind::on_success ? job.on_success_activate
                                         : job.on_failure_activate)
        .push_back(end->id);
  }
  return {};
}

}  // namespace

Result<Restart> single_restarts(store::Reader& reader, const std::vector<JobKey>& keys) {
  Restart restart;
  for (const JobKey key : keys) {
    auto record = reader.job(key);
    if (!record) return pass(record.error());
    if (!is_final(record->progress.state))
      return fail(ErrorKind::conflict,
                  "job " + record->id.text() + " is not over: it is " +
                      std::string(to_string(record->progress.state)),
                  "kill it first, or wait for its end");
    const auto newer = newest(reader, key);
    if (!newer) return pass(newer.error());
    const auto standing = reader.standing(*newer);
    if (!standing) return pass(standing.error());
    if (!is_final(standing->state))
      return fail(ErrorKind::conflict,
                  "job " + record->id.text() + " has been restarted: " + standing->id.text() + " is " +
                      std::string(to_string(standing->state)),
                  "kill that one first, or wait for its end");
    Restart::Job job;
    if (auto edges = edges_as_they_are(reader, key, job); !edges) return pass(edges.error());
    job.old = std::move(*record);
    if (auto added = add_pointers(reader, key, job); !added) return pass(added.error());
    restart.jobs.push_back(std::move(job));
  }
  return restart;
}

Result<Restart> failed_subgraph(store::Reader& reader, const std::vector<JobKey>& keys) {
  Subgraph subgraph(reader);
  for (const JobKey key : keys)
    if (auto added = subgraph.add(key); !added) return pass(added.error());
  return grown(subgraph);
}

Result<Restart> failed_workflow(store::Reader& reader, const std::string& id) {
  const auto workflow = reader.resolve_workflow(id);
  if (!workflow) return pass(workflow.error());
  const auto keys = reader.newest_failed(*workflow);
  if (!keys) return pass(keys.error());
  Subgraph subgraph(reader);
  for (const JobKey key : *keys)
    if (auto added = subgraph.add(key); !added) return pass(added.error());
  return grown(subgraph);
}

}  // namespace ketrew::daemon
