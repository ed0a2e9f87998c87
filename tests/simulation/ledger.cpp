#include "tests/simulation/ledger.hpp"

namespace ketrew::simulation {
namespace {

std::string name(JobKey key) { return "job " + std::to_string(key); }

}  // namespace

// -- commits ---------------------------------------------------------------------------------------

void Ledger::append(Row& row, const HistoryEntry& entry, const Watch& watch) {
  if (!row.history.empty()) {
    if (row.history.back().sequence >= entry.sequence)
      watch.broken("the sequence numbers of " + name(entry.job) + " do not grow");
    if (row.history.back().to != entry.from)
      watch.broken("the history of " + name(entry.job) + " has a hole: from " +
                   std::string(to_string(entry.from)) + ", after " +
                   std::string(to_string(row.history.back().to)));
  }
  last_sequence_ = std::max(last_sequence_, entry.sequence);
  row.history.push_back(entry);
}

Result<store::Accepted> Ledger::apply(const store::Submission& submission, const Watch& watch) {
  store::Accepted accepted;
  if (const auto known = requests_.find(submission.idempotency_key);
      !submission.idempotency_key.empty() && known != requests_.end()) {
    if (known->second.fingerprint != submission.fingerprint)
      return fail(ErrorKind::conflict, "this idempotency key was used for another request");
    accepted.repeated = true;
    accepted.ids = known->second.ids;
    return accepted;
  }
  for (const JobRecord& job : submission.jobs) {
    if (rows_.contains(job.key)) watch.broken("the key of " + name(job.key) + " is given twice");
    rows_[job.key] = {job.id, job.spec, job.workflow, job.progress, {}};
    accepted.ids.push_back(job.id);
    last_id_ = std::max(last_id_, job.id);
  }
  for (const HistoryEntry& entry : submission.history) append(rows_.at(entry.job), entry, watch);
  edges_.insert(submission.edges.begin(), submission.edges.end());
  if (!submission.idempotency_key.empty())
    requests_[submission.idempotency_key] = {submission.fingerprint, accepted.ids};
  return accepted;
}

void Ledger::apply(const store::Changes& changes, const Watch& watch) {
  for (const HistoryEntry& entry : changes.history) {
    const auto row = rows_.find(entry.job);
    if (row == rows_.end()) watch.broken("the history of " + name(entry.job) + ", which is not there");
    else append(row->second, entry, watch);
  }
  for (const store::Change& change : changes.jobs) {
    const auto found = rows_.find(change.job);
    if (found == rows_.end()) {
      watch.broken(name(change.job) + " changes, and is not there");
      continue;
    }
    Row& row = found->second;
    const Progress before = std::exchange(row.progress, change.progress);
    const Progress& after = row.progress;
    if (is_final(before.state)) watch.broken("a final state changed: " + name(change.job));
    if (before.attempt > after.attempt) watch.broken("attempts went back: " + name(change.job));
    if (row.history.empty() || row.history.back().to != after.state ||
        row.history.back().attempt != after.attempt)
      watch.broken("the history does not lead to the row of " + name(change.job));
    if (is_final(after.state) && (row.history.back().reason != after.message ||
                                  row.history.back().at != after.noticed_at))
      watch.broken("the history tells another end of " + name(change.job));
    watch.changed(change.job, before, row);
  }
}

void Ledger::pause(const std::vector<Pause>& what, bool paused) {
  for (const Pause& each : what) {
    if (paused) pauses_.insert(each);
    else pauses_.erase(each);
  }
}

// -- a store over it -------------------------------------------------------------------------------

std::vector<store::Unfinished> Ledger::unfinished() const {
  std::vector<store::Unfinished> jobs;
  for (const auto& [key, row] : rows_) {
    if (is_final(row.progress.state)) continue;
    jobs.push_back({key, row.id, row.spec.backend, row.spec.host, has_condition(row.spec),
                    row.spec.retries, row.progress, row.spec.timeout.value_or(Milliseconds(0)),
                    equivalence_of(row.spec), row.workflow});
  }
  return jobs;
}

std::vector<store::OpenEdge> Ledger::open_edges() const {
  std::vector<store::OpenEdge> edges;
  for (const Edge& edge : edges_) {
    if (is_final(rows_.at(edge.target).progress.state)) continue;
    const Row& source = rows_.at(edge.source);
    store::OpenEdge open{edge, {}};
    if (is_final(source.progress.state))
      open.ended = JobEnd{source.id, source.progress.state, source.progress.asked_for};
    edges.push_back(open);
  }
  return edges;
}

store::Totals Ledger::totals() const {
  store::Totals totals{};
  for (const auto& [key, row] : rows_) ++totals[static_cast<std::size_t>(row.progress.state)];
  return totals;
}

std::string Ledger::differs_from(store::Reader& reader) const {
  store::Selection all;
  all.limit = rows_.size() + 1;
  const auto list = reader.list(all);
  if (!list) return "the jobs cannot be listed: " + list.error().text();
  if (!reader.unreadable().empty()) return "cannot be read: " + reader.unreadable()[0].problem;
  if (list->size() != rows_.size())
    return std::to_string(list->size()) + " jobs, not " + std::to_string(rows_.size());
  for (const JobRecord& job : *list) {
    const Row* row = find(job.key);
    if (!row || row->id != job.id) return name(job.key) + " is another one";
    if (row->spec != job.spec) return name(job.key) + " asks for something else";
    if (row->progress != job.progress)
      return name(job.key) + " is " + std::string(to_string(job.progress.state)) +
             (row->progress.state == job.progress.state ? ", and its row differs"
                                                        : ", not " + std::string(to_string(row->progress.state)));
    const auto history = reader.history(job.key);
    if (!history) return "the history of " + name(job.key) + ": " + history.error().text();
    if (history->size() != row->history.size())
      return "the history of " + name(job.key) + " has " + std::to_string(history->size()) +
             " entries, not " + std::to_string(row->history.size());
    for (std::size_t i = 0; i < history->size(); ++i) {
      HistoryEntry entry = row->history[i];
      entry.id = (*history)[i].id;
      if (entry != (*history)[i]) return "the history of " + name(job.key) + " is another one";
    }
  }
  const auto counted = reader.totals();
  if (!counted) return "the totals cannot be read: " + counted.error().text();
  for (const State state : all_states)
    if (const auto n = static_cast<std::size_t>(state); (*counted)[n] != totals()[n])
      return "the total of " + std::string(to_string(state)) + " is " + std::to_string((*counted)[n]) +
             ", not " + std::to_string(totals()[n]);
  return "";
}

}  // namespace ketrew::simulation
