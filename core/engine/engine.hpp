// The engine: all unfinished jobs, which of them are due, and what to ask which backend next. It does
// no I/O and reads no clock; the daemon (or the simulation) carries out what `take` hands over and
// reports what came of it. One thread.
//
//   engine.add / kill / answers / advance(now)      changes jobs in memory
//   Step step = engine.take()                       what to store, what to ask
//   store step.changes; send step.asks at once and step.asks_after_commit once that is on disk
//   wait until engine.next_due(), or an answer, or a user
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/engine/automaton.hpp"
#include "core/engine/backends.hpp"
#include "core/engine/graph.hpp"
#include "core/model/pause.hpp"

namespace ketrew::engine {

enum class Method : std::uint8_t { start, find, update, kill };

// One question to a backend. `start` and `find` are about one job, the others about many of one host.
struct Ask {
  CallId call = 0;
  Method method = Method::update;
  BackendIndex backend = 0;
  LaneIndex lane = 0;
  std::vector<JobKey> jobs;
};

// One condition to be evaluated; the answer is told by `evaluated`.
struct Evaluation {
  CallId call = 0;
  JobKey job = 0;
};

struct Changed {
  JobKey job = 0;
  JobId id;
  State before = State::passive;  // the state of the last Step
  Progress progress;
};

struct Step {
  std::vector<Changed> changes;
  std::vector<HistoryEntry> history;
  std::vector<Ask> asks;               // may go out at once: they start nothing
  std::vector<Ask> asks_after_commit;  // starts: only once this step is on disk
  std::vector<Evaluation> evaluations; // may go out at once
  bool nothing_to_store() const { return changes.empty() && history.empty(); }
};

// Why a call has no answer.
enum class CallFailure : std::uint8_t {
  not_sent,  // it certainly did not reach the backend
  crashed,   // the process ended or had to be ended while the call was under way
  refused,   // an error for an answer, or one that makes no sense
};

// A job as it is stored, to be taken up.
struct Restored {
  JobKey key = 0;
  JobId id;
  std::string backend, host;
  RetryPolicy retries;
  bool has_condition = false;
  Progress progress;
  Milliseconds timeout{0};
  ConditionDigest equivalence;
  JobKey workflow = 0;
};

// An edge of which the engine is to know. At least one of its ends is unfinished.
struct Link {
  Edge edge;
  // Where the source is over, or not a job of its own (`asks`): how it ended. Jobs that ended after
  // `expect_links` need not be looked up: the engine knows of them.
  std::optional<JobEnd> ended;
};

class Engine {
 public:
  explicit Engine(Settings settings, std::int64_t last_sequence = 0);

  // -- backends --------------------------------------------------------------------------------
  // The backend of this name; made, and not ready, if it is new.
  BackendIndex backend(const std::string& name);
  void set_limits(BackendIndex backend, Limits limits);
  // `renewed`: another program than before: jobs that were set aside are tried again.
  void backend_ready(BackendIndex backend, Capabilities capabilities, bool renewed, Now now);
  void backend_down(BackendIndex backend, std::string problem);
  const Backends& backends() const { return backends_; }

  // -- jobs ------------------------------------------------------------------------------------
  // Takes up jobs that are on disk already, with their edges: new ones after their commit, old ones
  // at start. Final jobs are not added. What a crash kept a job from being told is told now.
  void add(std::vector<Restored> jobs, const std::vector<Link>& links, Now now);
  // From here to `no_links` the ends of jobs are remembered: edges to them are being stored. For one
  // submission at a time.
  void expect_links() { expecting_links_ = true; }
  void no_links();
  // An unfinished job for the same thing, that nobody wants to be killed; 0: none.
  JobKey equivalent(const ConditionDigest& digest) const;
  void kill(JobKey job, const std::string& by, Now now);
  // Ends it as the user says. Whatever is under way about it, its backend goes on by itself.
  void settle_as(JobKey job, const event::Settle& how, Now now);
  const Job* find(JobKey key) const;
  const Job* find(const JobId& id) const;
  std::size_t size() const { return jobs_.size(); }
  const std::unordered_map<JobKey, Job>& jobs() const { return jobs_; }

  // -- pauses ----------------------------------------------------------------------------------
  void pause(const Pause& what) { pauses_.insert(what); }
  void resume(const Pause& what);
  const std::set<Pause>& pauses() const { return pauses_; }
  // What keeps it from being started; nothing: nothing does.
  std::optional<Pause> paused_by(const Job& job) const;

  // -- answers ---------------------------------------------------------------------------------
  // Each for a job of the call that an Ask named. Answers to a call that is not under way any more
  // are ignored: what they would tell is found out anew.
  void answered(CallId call, JobKey job, const Event& event, Now now);
  // All of a call's jobs have been answered; those left out count as cannot-tell.
  void completed(CallId call, Now now);
  void failed(CallId call, CallFailure failure, const std::string& why, Now now);
  // `event`: one of the Condition... events.
  void evaluated(CallId call, JobKey job, const Event& event, Now now);
  // From the backend, unasked: attempts to be looked at now.
  void changed(BackendIndex backend, const std::vector<std::string>& tokens, Now now);

  // -- time ------------------------------------------------------------------------------------
  void advance(Now now);
  // When `advance` has something to do; nothing: not before something else happens.
  std::optional<Mono> next_due(Mono now) const;

  Step take(Now now);
  std::int64_t next_sequence() { return ++sequence_; }
  const Settings& settings() const { return settings_; }
  const Graph& graph() const { return graph_; }

 private:
  struct Call {
    Ask ask;
    bool exclusive = false;
    Mono asked{};
    std::size_t answered = 0;  // jobs; which: by Job::observed and Job::call
  };
  using Calls = std::unordered_map<CallId, Call>;

  void put(Restored restored, Now now);
  void link(const Link& link, std::vector<Told>& told);
  void apply(Job& job, const Event& event, Now now);
  void apply_alone(Job& job, const Event& event, Now now);
  void tell(const Told& told, Now now);
  void settle(Now now);
  void end(const Job& job, bool fires);
  void do_actions(Job& job, const std::vector<Action>& actions, Now now);
  void resume(Job& job, Now now);
  void keep_suspect(const Job& job);
  void acquit(Job& job);
  void poll_soon(Job& job, Now now);
  void raise_timers(Now now);
  void dispatch(BackendIndex index, Now now);
  void dispatch_quarantine(BackendIndex index, Now now);
  void admit(Backend& backend, Now now);
  void poll(Lane& lane, Now now);
  void begin_round(Lane& lane);
  void end_round(Lane& lane, Now now);
  bool may_be_polled(JobKey key);
  void issue(Method method, std::vector<JobKey> jobs, bool exclusive, Now now);
  void ask_single(Job& job, bool exclusive, Now now);
  void blame(const Call& call, const std::string& why, Now now);
  Call close(Calls::iterator found, Now now);
  void unanswered(const Call& call, CallFailure failure, const std::string& why, Now now);
  Job* at(JobKey key);

  Settings settings_;
  std::int64_t sequence_;
  CallId last_call_ = 0;
  Backends backends_;
  std::unordered_map<JobKey, Job> jobs_;
  std::unordered_map<JobId, JobKey> keys_;
  Calls calls_;
  Timers timers_;
  std::set<Pause> pauses_;
  Graph graph_;
  std::vector<Told> told_;  // what other jobs are to be told yet
  std::size_t told_at_ = 0;
  bool settling_ = false;
  std::unordered_map<ConditionDigest, JobKey> equivalents_;
  bool expecting_links_ = false;
  std::unordered_map<JobKey, JobEnd> ended_;  // while links are expected
  std::vector<JobKey> dirty_;
  std::vector<HistoryEntry> history_;
  std::vector<Ask> asks_, asks_after_commit_;
  std::vector<Evaluation> evaluations_;
};

}  // namespace ketrew::engine
