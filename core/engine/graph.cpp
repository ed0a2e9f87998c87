#include "core/engine/graph.hpp"

#include <algorithm>

namespace ketrew::engine {

Graph::Node* Graph::at(JobKey job) {
  const auto found = nodes_.find(job);
  return found == nodes_.end() ? nullptr : &found->second;
}
const Graph::Node* Graph::at(JobKey job) const {
  const auto found = nodes_.find(job);
  return found == nodes_.end() ? nullptr : &found->second;
}

// A job activates what it needs, and what its success or failure activates.
template <class F>
void Graph::each_activated_by(const Node& node, F f) {
  for (const End& end : node.in)
    if (end.kind == EdgeKind::needs && nodes_.contains(end.job)) f(end.job);
  for (const End& end : node.out)
    if (end.kind != EdgeKind::needs && nodes_.contains(end.job)) f(end.job);
}

template <class F>
bool Graph::any_activator(const Node& node, F f) const {
  for (const End& end : node.out)
    if (end.kind == EdgeKind::needs && nodes_.contains(end.job) && f(end.job)) return true;
  for (const End& end : node.in)
    if (end.kind != EdgeKind::needs && nodes_.contains(end.job) && f(end.job)) return true;
  return false;
}

void Graph::add(JobKey job, bool passive) {
  nodes_[job].passive = passive;
  if (passive) doubtful_.push_back(job);
}

void Graph::link(const Edge& edge) {
  Node* source = at(edge.source);
  Node* target = at(edge.target);
  if (!source || !target || edge.kind == EdgeKind::asks) return;
  source->out.push_back({edge.target, edge.kind});
  target->in.push_back({edge.source, edge.kind});
  if (edge.kind == EdgeKind::needs) ++target->blockers;
  else ++firing_;
  Node& activator = edge.kind == EdgeKind::needs ? *target : *source;
  Node& activated = edge.kind == EdgeKind::needs ? *source : *target;
  if (!activator.orphan) ++activated.activators;
  if (activated.orphan) adopted_.push_back(edge.kind == EdgeKind::needs ? edge.source : edge.target);
}

void Graph::link_to_failed(JobKey target, const JobId& source) {
  Node* node = at(target);
  if (!node) return;
  ++node->blockers;
  if (!node->failed) node->failed = source;
}

void Graph::link_to_unknown(JobKey target) {
  if (Node* node = at(target)) ++node->blockers;
}

bool Graph::is_orphan(JobKey job) const {
  const Node* node = at(job);
  return node && node->orphan;
}

std::uint32_t Graph::blockers(JobKey job) const {
  const Node* node = at(job);
  return node ? node->blockers : 0;
}

void Graph::block(JobKey job, const JobId& id, std::vector<Told>& told) {
  const Node* node = at(job);
  if (!node) return;
  if (node->failed)  // what else it needs would be made for nothing
    return told.push_back({job, Told::What::dependency_failed, *node->failed});
  if (node->blockers == 0) return told.push_back({job, Told::What::dependencies_succeeded, {}});
  for (const End& end : node->in) {
    if (end.kind != EdgeKind::needs) continue;
    if (const Node* dependency = at(end.job); dependency && dependency->passive)
      told.push_back({end.job, Told::What::needed, id});
  }
}

void Graph::activated(JobKey job) {
  Node* node = at(job);
  if (!node || !node->passive) return;
  node->passive = false;
  if (!node->orphan) return;
  node->orphan = false;
  each_activated_by(*node, [this](JobKey other) {
    Node& activated = *at(other);
    ++activated.activators;
    if (activated.orphan) adopted_.push_back(other);
  });
}

void Graph::lose_activator(JobKey job) {
  Node& node = *at(job);
  --node.activators;
  if (node.passive && !node.orphan) doubtful_.push_back(job);
}

void Graph::finished(JobKey job, const JobEnd& end, std::vector<Told>& told) {
  const auto found = nodes_.find(job);
  if (found == nodes_.end()) return;
  const Node node = std::move(found->second);
  nodes_.erase(found);
  const bool well = status_of(end.state) == Status::successful;
  for (const End& edge : node.out)
    if (edge.kind != EdgeKind::needs) --firing_;
  for (const End& edge : node.out) {
    Node* target = at(edge.job);
    if (!target) continue;
    if (edge.kind == EdgeKind::needs) {
      if (well) {
        if (--target->blockers == 0 && !target->passive)
          told.push_back({edge.job, Told::What::dependencies_succeeded, end.id});
      } else {
        if (!target->failed) target->failed = end.id;
        if (!target->passive) told.push_back({edge.job, Told::What::dependency_failed, end.id});
      }
    } else if (end.asked_for && target->passive && (edge.kind == EdgeKind::on_success) == well) {
      told.push_back({edge.job, well ? Told::What::after_success : Told::What::after_failure, end.id});
    }
  }
  if (!node.orphan) each_activated_by(node, [this](JobKey other) { lose_activator(other); });
}

// Whether something that is not passive can reach it. `live` remembers the ways that were found, so
// that a chain is walked once.
bool Graph::is_live(JobKey job, std::unordered_map<JobKey, bool>& live) const {
  if (const auto known = live.find(job); known != live.end()) return known->second;
  std::unordered_map<JobKey, JobKey> from = {{job, job}};
  std::vector<JobKey> rest = {job};
  while (!rest.empty()) {
    const JobKey here = rest.back();
    rest.pop_back();
    const bool found = any_activator(*at(here), [&](JobKey other) {
      const Node& activator = *at(other);
      if (activator.orphan) return false;
      if (!activator.passive) return true;
      if (const auto known = live.find(other); known != live.end()) return known->second;
      if (from.emplace(other, here).second) rest.push_back(other);
      return false;
    });
    if (!found) continue;
    for (JobKey each = here; live.emplace(each, true), each != job;) each = from.at(each);
    return true;
  }
  for (const auto& [each, source] : from) live[each] = false;
  return false;
}

void Graph::make_orphan(JobKey job, std::vector<Told>& told) {
  Node& node = *at(job);
  node.orphan = true;
  told.push_back({job, Told::What::orphaned, {}});
  each_activated_by(node, [this](JobKey other) { lose_activator(other); });
}

void Graph::adopt(JobKey job, std::vector<Told>& told) {
  Node& node = *at(job);
  node.orphan = false;
  told.push_back({job, Told::What::adopted, {}});
  each_activated_by(node, [this](JobKey other) {
    Node& activated = *at(other);
    ++activated.activators;
    if (activated.orphan) adopted_.push_back(other);
  });
}

void Graph::sweep(std::vector<Told>& told) {
  while (!adopted_.empty()) {
    const JobKey job = adopted_.back();
    adopted_.pop_back();
    const Node* node = at(job);
    if (!node || !node->orphan || node->activators == 0) continue;
    adopt(job, told);
    doubtful_.push_back(job);  // by something that can be activated itself?
  }
  // First those that nothing leads to, then what only leads to itself, in a circle.
  std::vector<JobKey> circular;
  std::unordered_map<JobKey, bool> live;
  while (!doubtful_.empty() || !circular.empty()) {
    const bool simple = !doubtful_.empty();
    std::vector<JobKey>& list = simple ? doubtful_ : circular;
    const JobKey job = list.back();
    list.pop_back();
    const Node* node = at(job);
    if (!node || !node->passive || node->orphan) continue;
    if (node->activators == 0) {
      make_orphan(job, told);
    } else if (simple) {
      if (firing_ > 0) circular.push_back(job);  // needs alone make no circle
    } else if (!is_live(job, live)) {
      live.clear();
      make_orphan(job, told);
    }
  }
}

std::optional<Graph::Counters> Graph::counters(JobKey job) const {
  const Node* node = at(job);
  if (!node) return {};
  return Counters{node->blockers, node->activators};
}

std::optional<Graph::Counters> Graph::counted(JobKey job) const {
  const Node* node = at(job);
  if (!node) return {};
  Counters counters;
  counters.blockers = node->blockers;
  if (!node->failed) {
    counters.blockers = 0;
    for (const End& end : node->in)
      if (end.kind == EdgeKind::needs && nodes_.contains(end.job)) ++counters.blockers;
  }
  any_activator(*node, [&](JobKey other) {
    if (!at(other)->orphan) ++counters.activators;
    return false;
  });
  return counters;
}

}  // namespace ketrew::engine
