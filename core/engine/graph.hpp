// The edges between unfinished jobs, and what follows from them: who is waited for, who is told when
// a job ends, and which passive jobs nothing can activate any more.
//
// A transition costs what its own edges cost, however large the graph. Cycles of activation (a job
// that activates on success what needs it) are fine; cycles of `needs` never get here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/model/edge.hpp"

namespace ketrew::engine {

// What a job is to be told, because of another.
struct Told {
  enum class What : std::uint8_t {
    needed,      // activate: `cause` needs it
    after_success, after_failure,  // activate: `cause` ended
    dependencies_succeeded,
    dependency_failed,  // `cause`
    orphaned,
    adopted,  // something can activate it again
  };
  JobKey job = 0;
  What what = What::needed;
  JobId cause;
};

class Graph {
 public:
  // A job with edges, or a passive one.
  void add(JobKey job, bool passive);
  bool contains(JobKey job) const { return nodes_.contains(job); }
  // Both ends have been added; no edge twice. `asks` is none of the graph's business.
  void link(const Edge& edge);
  // A dependency that failed before the edge was made.
  void link_to_failed(JobKey target, const JobId& source);
  // A dependency of which nothing is known (its row cannot be read): it is waited for.
  void link_to_unknown(JobKey target);

  bool is_orphan(JobKey job) const;
  std::uint32_t blockers(JobKey job) const;  // dependencies that have not succeeded
  // What a job that is blocked now is told, or tells its dependencies.
  void block(JobKey job, const JobId& id, std::vector<Told>& told);
  // It is passive no more.
  void activated(JobKey job);
  // It ended, and is forgotten. Whether it failed or succeeded is one thing, whether its edges fire
  // another: not if nobody had asked for it.
  void finished(JobKey job, const JobEnd& end, std::vector<Told>& told);
  // Passive jobs that have become orphans since the last call, or are none any more.
  void sweep(std::vector<Told>& told);

  std::size_t size() const { return nodes_.size(); }
  // For tests: the counters of a node, and counted anew.
  struct Counters {
    std::uint32_t blockers = 0, activators = 0;
    bool operator==(const Counters&) const = default;
  };
  std::optional<Counters> counters(JobKey job) const;
  std::optional<Counters> counted(JobKey job) const;

 private:
  struct End {  // of an edge, as the node at its other end sees it
    JobKey job;
    EdgeKind kind;
  };
  struct Node {
    std::vector<End> out;  // what hangs on it: targets of its edges
    std::vector<End> in;   // sources; ended ones stay in the list
    std::uint32_t blockers = 0;
    // How many unfinished jobs have an edge by which they might activate it; orphans do not count.
    std::uint32_t activators = 0;
    bool passive = false, orphan = false;
    std::optional<JobId> failed;  // the first dependency that failed
  };
  Node* at(JobKey job);
  const Node* at(JobKey job) const;
  template <class F>
  void each_activated_by(const Node& node, F f);   // unfinished jobs that it might activate
  template <class F>
  bool any_activator(const Node& node, F f) const;  // unfinished jobs that might activate it
  void lose_activator(JobKey job);
  bool is_live(JobKey job, std::unordered_map<JobKey, bool>& live) const;
  void make_orphan(JobKey job, std::vector<Told>& told);
  void adopt(JobKey job, std::vector<Told>& told);

  std::unordered_map<JobKey, Node> nodes_;
  std::size_t firing_ = 0;        // edges of unfinished sources that are no needs
  std::vector<JobKey> doubtful_;  // passive, and lost an activator
  std::vector<JobKey> adopted_;   // orphans that got a new edge
};

}  // namespace ketrew::engine
