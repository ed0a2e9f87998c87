#include "app/ketrewd/graph_causes.hpp"

#include <map>
#include <unordered_set>

namespace ketrew::daemon {
namespace {

constexpr std::size_t most_edges = 10'000, most_looked_at = 20'000, most_shown = 5, most_steps = 10'000;

std::string named(const JobRecord& record) {
  const std::string& name = record.node.empty() ? record.spec.name : record.node;
  return (name.empty() ? "job " : one_line(name, 60) + " (") + record.id.text() + (name.empty() ? "" : ")");
}

std::string how_it_is(const JobRecord& record) {
  const Progress& p = record.progress;
  std::string text(to_string(p.state));
  if (p.failure) text += ", class " + std::string(to_string(*p.failure));
  const std::string& words = is_final(p.state) ? p.message : p.reason;
  return words.empty() ? text : text + ": " + words;
}

class Search {
 public:
  Search(store::Reader& reader, std::vector<Cause>& causes) : reader_(reader), causes_(causes) {}

  // Down the dependencies that are waited for, to those that wait for nobody.
  void waiting(JobKey start) {
    std::vector<JobKey> rest = {start};
    std::unordered_set<JobKey> seen = {start};
    std::map<State, std::size_t> roots;
    std::vector<JobKey> shown;
    std::size_t direct = 0;
    bool all = true, all_direct = true;
    for (std::size_t at = 0; at < rest.size(); ++at) {
      if (at == most_looked_at) {
        all = false;
        break;
      }
      const auto edges = reader_.edges_to(rest[at], most_edges + 1);
      if (!edges) return;
      if (edges->size() > most_edges) all = false;
      if (at == 0) all_direct = all;
      for (const Edge& edge : *edges) {
        if (edge.kind != EdgeKind::needs) continue;
        const auto end = reader_.standing(edge.source);
        if (!end || status_of(end->state) == Status::successful) continue;
        if (at == 0) ++direct;
        if (!seen.insert(edge.source).second) continue;
        if (end->state == State::blocked) {
          rest.push_back(edge.source);
        } else {
          ++roots[end->state];
          if (shown.size() < most_shown) shown.push_back(edge.source);
        }
      }
    }
    std::string text = "it waits for " + std::string(all_direct ? "" : "at least ") +
                       std::to_string(direct) + (direct == 1 ? " dependency" : " dependencies") +
                       "; at the root" + (all ? ": " : ", as far as was looked: ");
    std::string counts;
    for (const auto& [state, count] : roots)
      counts += (counts.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(to_string(state));
    say("dependencies", text + (counts.empty() ? "nothing that can be read" : counts));
    for (const JobKey key : shown)
      if (const auto record = reader_.job(key))
        say("root", "  " + named(*record) + " is " + how_it_is(*record), record->progress.evidence);
  }

  // Up the chain of failures to the one that began it.
  void failure(JobKey start) {
    std::vector<JobRecord> chain;
    std::unordered_set<JobKey> seen = {start};
    for (JobKey key = start; chain.size() < most_steps;) {
      const auto next = failed_dependency(key, seen);
      if (!next) break;
      auto record = reader_.job(*next);
      if (!record) break;
      key = *next;
      const bool goes_on = record->progress.state == State::dependency_failed;
      chain.push_back(std::move(*record));
      if (!goes_on) break;
    }
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
      if (i == most_shown && chain.size() > most_shown + 2) {
        say("chain", "  ... " + std::to_string(chain.size() - 1 - i) + " more on the way");
        break;
      }
      say("chain", "  because of " + named(chain[i]) + ": " + std::string(to_string(chain[i].progress.state)));
    }
    if (chain.empty()) return;
    const JobRecord& root = chain.back();
    say("root", "  the root: " + named(root) + " is " + how_it_is(root), root.progress.evidence);
  }

  // Who might have asked for it.
  void nobody_asked(const JobRecord& record) {
    std::size_t count = 0;
    std::vector<JobKey> shown;
    const auto take = [&](JobKey key) {
      ++count;
      if (shown.size() < most_shown) shown.push_back(key);
    };
    if (const auto edges = reader_.edges_from(record.key, most_edges))
      for (const Edge& edge : *edges)
        if (edge.kind == EdgeKind::needs) take(edge.target);
    if (const auto edges = reader_.edges_to(record.key, most_edges))
      for (const Edge& edge : *edges)
        if (edge.kind == EdgeKind::on_success || edge.kind == EdgeKind::on_failure) take(edge.source);
    if (count == 0) return say("activators", "no other job can activate it");
    say("activators", std::to_string(count) + (count == 1 ? " job" : " jobs") + " could activate it:");
    for (const JobKey key : shown)
      if (const auto other = reader_.job(key))
        say("activator", "  " + named(*other) + " is " + how_it_is(*other));
  }

 private:
  void say(const char* kind, std::string text, Evidence evidence = {}) {
    causes_.push_back({kind, std::move(text), std::move(evidence)});
  }

  // One that failed by itself where there is one.
  std::optional<JobKey> failed_dependency(JobKey key, std::unordered_set<JobKey>& seen) {
    const auto edges = reader_.edges_to(key, most_edges);
    if (!edges) return {};
    std::optional<JobKey> found;
    for (const Edge& edge : *edges) {
      if (edge.kind != EdgeKind::needs) continue;
      const auto end = reader_.standing(edge.source);
      if (!end || !is_final(end->state) || status_of(end->state) != Status::failed) continue;
      if (!seen.insert(edge.source).second) continue;
      if (!found || end->state != State::dependency_failed) found = edge.source;
      if (end->state != State::dependency_failed) break;
    }
    return found;
  }

  store::Reader& reader_;
  std::vector<Cause>& causes_;
};

}  // namespace

std::vector<Cause> graph_causes(store::Reader& reader, const JobRecord& record) {
  std::vector<Cause> causes;
  Search search(reader, causes);
  const Progress& p = record.progress;
  if (p.state == State::blocked) search.waiting(record.key);
  else if (p.state == State::dependency_failed) search.failure(record.key);
  else if (p.state == State::passive || (is_final(p.state) && !p.asked_for)) search.nobody_asked(record);
  return causes;
}

}  // namespace ketrew::daemon
