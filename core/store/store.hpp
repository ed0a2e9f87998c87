// The database of one home: every job, its history, and who owns it.
//
// One writer thread commits groups (one transaction for all that is queued); a small pool of reader
// threads answers questions from connections of its own. All public functions may be called from
// any thread; callbacks run on the store's threads and must only hand over (post to the loop).
//
// Two kinds of writes, because they fail differently when the disk is full:
//   - a Submission may be refused: its callback gets the error and nothing of it is stored, unless
//     the error's hint says that it may be (the disk failed while it was told to keep it);
//   - Changes are facts that cannot be refused: they are kept in memory, in order, and written
//     again until they are on disk. Later Changes wait behind them.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/model/equivalence.hpp"
#include "core/model/filter.hpp"
#include "core/model/job.hpp"
#include "core/model/pause.hpp"

namespace ketrew::store {

// What the loop needs of an unfinished job at start; specs stay on disk until they are asked for.
struct Unfinished {
  JobKey key = 0;
  JobId id;
  std::string backend, host;
  bool has_condition = false;
  RetryPolicy retries;
  Progress progress;
  Milliseconds timeout{0};
  ConditionDigest equivalence;
  JobKey workflow = 0;
};
// An edge to an unfinished job, at start. `ended`: where its source is over.
struct OpenEdge {
  Edge edge;
  std::optional<JobEnd> ended;
};

struct WorkflowRecord {
  JobKey key = 0;  // that of its first job
  JobId id;        // of its own: no job has it
  std::string name, file;  // any bytes
  Wall submitted_at{};
};

struct Submission {
  std::vector<JobRecord> jobs;        // `key`s and `id`s given by the caller, growing
  // `sequence`s given by the caller, growing over all writes. Also of jobs that were there before.
  std::vector<HistoryEntry> history;
  std::vector<Edge> edges;  // between jobs that are here or were there before; pointers resolved
  std::optional<WorkflowRecord> workflow;
  // Repeats with the same key and fingerprint (a digest of the request) give the jobs of the first
  // one; the same key with another fingerprint is a conflict. Empty: no key.
  std::string idempotency_key, fingerprint;
};
struct Accepted {
  std::vector<JobId> ids;
  bool repeated = false;  // nothing was stored: these are the jobs of the earlier request
};

struct Change {
  JobKey job = 0;
  Progress progress;
};
struct Changes {
  std::vector<Change> jobs;
  std::vector<HistoryEntry> history;
};

using Totals = std::array<std::int64_t, state_count>;
struct WorkflowTotals {
  Totals states{};                // without
  std::int64_t never_needed = 0;  // those that were killed because nobody had asked for them
};

// Which jobs, newest first. Everything that is set must hold.
struct Selection {
  std::vector<JobKey> keys = {};                  // of these only, if any
  std::vector<State> states = {};                 // of these states only, if any
  std::string tag = {}, name = {}, backend = {};  // exact; empty: any
  std::string workflow = {};                      // one of this name or id; empty: any or none
  std::optional<Wall> finished_since = {};  // the unfinished, and those finished at or after this
  std::optional<filter::Filter> where = {};  // as of `where_now`
  Wall where_now = {};
  JobKey before = 0;                        // cursor: keys below this only; 0: from the newest
  std::size_t limit = 100;
};

// As much of a job as is known without reading what it runs.
struct Brief {
  JobKey key = 0;
  JobId id;
  State state = State::passive;
  bool asked_for = true, orphan = false;
};

// As much as a drawing shows.
struct Sketch {
  JobId id;
  State state = State::passive;
  std::string name;  // that of its node; else its own; may be empty
};

// A job that was for the same thing as another one.
struct Pointer {
  JobKey key = 0;
  JobId id;
  JobKey workflow = 0;       // 0: none
  std::string node;          // its name there
  bool superseded = false;   // a restart took its place
};

// A row that cannot be read. Its job is left as it is and shown by status.
struct UnreadableRow {
  JobKey key = 0;
  std::string problem;
};

// Reads see everything that was committed before they began, and all of one `read` call see the
// same. Valid only inside the `read` call that gave it; one thread at a time. Errors: not_found,
// ambiguous, corrupt (this row, or the file), unavailable (the disk, a lock).
class Reader {
 public:
  virtual ~Reader() = default;
  // By full id or unique prefix: not_found or ambiguous (the hint lists some that fit).
  virtual Result<JobKey> resolve(const std::string& id_or_prefix) = 0;
  virtual Result<JobRecord> job(JobKey key) = 0;
  virtual Result<std::vector<JobRecord>> list(const Selection& selection) = 0;
  // The same for very many jobs.
  virtual Result<std::vector<Brief>> list_brief(const Selection& selection) = 0;
  // What was asked for, as the JSON text that was stored (core/model: append_json). Nobody has looked
  // at it since: it may be damaged.
  virtual Result<std::string> spec_text(JobKey key) = 0;
  virtual Result<std::vector<HistoryEntry>> history(JobKey key) = 0;
  // At most `limit` entries after this sequence number, in order.
  virtual Result<std::vector<HistoryEntry>> events_after(std::int64_t sequence,
                                                         std::size_t limit) = 0;
  virtual Result<Totals> totals() = 0;
  // Of all jobs that ever were, as host URIs.
  virtual Result<std::vector<std::string>> hosts() = 0;
  virtual Result<std::vector<JobId>> restarts_of(const JobId& id) = 0;
  // Of which job this one, which may be a pointer, is a restart.
  virtual Result<std::optional<JobId>> restart_of(const JobId& id) = 0;
  // `resolve` follows pointers: these lead here.
  virtual Result<std::vector<Pointer>> pointers_to(JobKey key, std::size_t limit) = 0;
  // What a request with this key came to; nothing where it is new. As Submission says.
  virtual Result<std::optional<Accepted>> repeat_of(const std::string& idempotency_key,
                                                    const std::string& fingerprint) = 0;
  // The state and what else there is to tell of its end, without its spec.
  virtual Result<JobEnd> standing(JobKey key) = 0;
  virtual Result<Sketch> sketch(JobKey key) = 0;
  // Whose end matters to it; to whom its end matters.
  virtual Result<std::vector<Edge>> edges_to(JobKey key, std::size_t limit) = 0;
  virtual Result<std::vector<Edge>> edges_from(JobKey key, std::size_t limit) = 0;
  // By a name, the newest of that name; else by an id or a prefix of one.
  virtual Result<JobKey> resolve_workflow(const std::string& name_or_id) = 0;
  virtual Result<WorkflowRecord> workflow(JobKey key) = 0;
  // Of a job by its own id, which may be a pointer's; not_found where it is in none.
  virtual Result<JobId> workflow_of(const JobId& job) = 0;
  // Newest first; `before`: a cursor as in Selection.
  virtual Result<std::vector<WorkflowRecord>> workflows(JobKey before, std::size_t limit) = 0;
  // Of the newest job of each node, pointers included.
  virtual Result<WorkflowTotals> workflow_totals(JobKey workflow) = 0;
  // Its nodes' newest jobs that failed, pointers followed, in the order of submission. Not those that
  // were killed because nobody had asked for them.
  virtual Result<std::vector<JobKey>> newest_failed(JobKey workflow) = 0;
  // Its nodes' newest jobs, pointers followed, in the order of submission.
  virtual Result<std::vector<JobKey>> workflow_jobs(JobKey workflow) = 0;
  // What the lists, `history` and `events_after` met in this `read` call and had to leave out.
  virtual const std::vector<UnreadableRow>& unreadable() const = 0;
};

// Which of these jobs the archive has; none where there is no such file. Any thread; reads alone.
Result<std::set<JobId>> archived_jobs(const std::string& archive_path, const std::vector<JobId>& ids);

struct OpenOptions {
  std::string path;  // the database file; created, mode 0600, if absent
  bool allow_network_file_system = false;
  int readers = 2;
  // How long a group waits for the lock of another process before writing counts as failed.
  Milliseconds busy_patience{5000};
  // Databases up to this size (bytes) are checked before `open` returns, larger ones meanwhile.
  std::int64_t check_limit = std::int64_t{64} << 20;
  // Called (on a store thread) when writing begins to fail and when it works again; the text is the
  // reason, empty when all is well.
  std::function<void(const std::string& problem)> on_health = {};
  // Another daemon took the database over (its epoch is newer), or it is damaged: nothing is
  // written any more; the daemon must stop.
  std::function<void(const Error&)> on_fatal = {};
};

class Store {
 public:
  // Opens or creates, migrates (by `user_version`), checks (`quick_check`: at once for a small
  // file, in the background for a large one), takes a new owner epoch. A corrupt or newer database
  // is refused (corrupt / conflict) and its file is not changed by one byte.
  static Result<std::unique_ptr<Store>> open(OpenOptions options);
  virtual ~Store() = default;  // writes what is queued if it can, then closes

  // What was there at opening.
  virtual std::vector<Unfinished> take_unfinished() = 0;  // hands it over: a second call is empty
  virtual std::vector<OpenEdge> take_edges() = 0;         // the same
  virtual std::vector<Pause> take_pauses() = 0;           // the same
  virtual const std::vector<UnreadableRow>& unreadable() const = 0;
  virtual JobKey last_key() const = 0;
  virtual JobId last_id() const = 0;
  virtual std::int64_t last_sequence() const = 0;

  virtual void submit(Submission submission, std::function<void(Result<Accepted>)> done) = 0;
  // `done` is called once they are on disk.
  virtual void change(Changes changes, std::function<void()> done) = 0;

  virtual void read(std::function<void(Reader&)> question) = 0;

  // Empty while writing works; else why not, for people.
  virtual std::string problem() const = 0;

  // Remembers these as paused, or not any more; `done` once that is on disk.
  virtual void set_paused(std::vector<Pause> what, bool paused, Wall at,
                          std::function<void(Result<>)> done) = 0;

  // A consistent copy in a new file (SQLite's online backup), while work goes on.
  virtual void backup(std::string path, std::function<void(Result<>)> done) = 0;
  // Moves jobs that finished before `time`, and on which no unfinished one hangs, with their history
  // into the database `archive_path`, a few hundred per transaction. Tells how many.
  // `where`: of these only those for which it holds.
  virtual void archive(Wall time, std::optional<filter::Filter> where, std::string archive_path,
                       std::function<void(Result<std::int64_t>)> done) = 0;
};

}  // namespace ketrew::store
