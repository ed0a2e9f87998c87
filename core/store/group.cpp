#include "core/store/group.hpp"

#include <set>

#include "core/store/repeat.hpp"
#include "core/store/rows.hpp"

namespace ketrew::store {
namespace {

constexpr std::size_t words_limit = 10'000;

std::size_t index(State state) { return static_cast<std::size_t>(state); }

// Where a finished job stands among the others. Every final state has its time; a caller that
// forgot it gets the beginning of time.
std::int64_t noticed(const Progress& progress) {
  return progress.noticed_at ? unix_milliseconds(*progress.noticed_at) : 0;
}

}  // namespace

std::size_t rows_of(const Item& item) {
  if (const auto* submission = std::get_if<SubmissionItem>(&item))
    return 1 + 2 * submission->submission.jobs.size() + submission->submission.history.size() +
           submission->submission.edges.size();
  if (const auto* changes = std::get_if<ChangesItem>(&item))
    return 1 + changes->changes.jobs.size() + changes->changes.history.size();
  return 1;
}

void GroupCommit::write(std::span<Item* const> items) {
  culprit_ = nullptr;
  committing_ = false;
  jobs_.clear();
  where_.clear();
  history_.clear();
  edges_.clear();
  workflows_.clear();
  workflow_delta_.clear();
  delta_ = {};
  last_key_ = last_sequence_ = 0;
  last_id_ = JobId();
  try {
    db_.begin_immediate();
    std::int64_t epoch = 0;
    {
      Query query = db_.query(Sql::epoch);
      if (query.step()) epoch = query.number_at(0);
    }
    if (epoch != epoch_) throw OwnerLost{epoch};
    for (Item* item : items) {
      culprit_ = item;
      collect(*item);
    }
    write_all();
    culprit_ = nullptr;  // a failure of the commit is nobody's fault
    committing_ = true;
    db_.commit();
    remember_open_jobs();
    let_go();
  } catch (const Unreadable& unreadable) {
    words_.clear();
    db_.rollback();
    throw SqliteFailure{11 /* SQLITE_CORRUPT */, unreadable.problem};
  } catch (...) {
    words_.clear();
    db_.rollback();
    throw;
  }
}

void GroupCommit::collect(Item& item) {
  if (auto* submission = std::get_if<SubmissionItem>(&item)) {
    collect(*submission, item);
  } else if (auto* changes = std::get_if<ChangesItem>(&item)) {
    for (const Change& change : changes->changes.jobs) {
      jobs_[touched(change.job, item)].last = &change.progress;
    }
    for (const HistoryEntry& entry : changes->changes.history)
      history_.push_back({&entry, touched(entry.job, item), &item});
  } else {
    std::get<ChoreItem>(item).work(db_);
  }
}

void GroupCommit::collect(SubmissionItem& item, Item& self) {
  item.answer.reset();
  if (!item.submission.idempotency_key.empty() && answer_repeat(item)) return;
  Accepted accepted;
  accepted.ids.reserve(item.submission.jobs.size());
  for (const JobRecord& record : item.submission.jobs) {
    accepted.ids.push_back(record.id);
    Touched& job = jobs_[touched(record.key, self)];
    if (job.added) throw SqliteFailure{19 /* SQLITE_CONSTRAINT */, "a job's key is taken"};
    job.added = &record;
    if (record.same_as == 0) job.last = &record.progress;
    last_key_ = std::max(last_key_, record.key);
    last_id_ = std::max(last_id_, record.id);
  }
  for (const HistoryEntry& entry : item.submission.history)
    history_.push_back({&entry, touched(entry.job, self), &self});
  for (const Edge& edge : item.submission.edges) edges_.emplace_back(edge, &self);
  if (item.submission.workflow) {
    workflows_.emplace_back(&*item.submission.workflow, &self);
    last_id_ = std::max(last_id_, item.submission.workflow->id);
  }
  item.answer = std::move(accepted);
  if (!item.submission.idempotency_key.empty()) remember_request(item);
}

bool GroupCommit::answer_repeat(SubmissionItem& item) {
  auto known = find_repeat(db_, item.submission.idempotency_key, item.submission.fingerprint);
  if (!known) return false;
  item.answer = std::move(*known);
  return true;
}

void GroupCommit::remember_request(SubmissionItem& item) {
  std::string ids;
  for (const JobRecord& record : item.submission.jobs) ids += record.id.text();
  Query query = db_.query(Sql::add_request);
  query.bytes(item.submission.idempotency_key).bytes(item.submission.fingerprint).text(ids);
  query.number(unix_milliseconds(wall_now())).run();
}

std::size_t GroupCommit::touched(JobKey key, Item& item) {
  const auto [at, is_new] = where_.try_emplace(key, jobs_.size());
  if (is_new) jobs_.push_back({.key = key, .item = &item});
  return at->second;
}

void GroupCommit::write_all() {
  for (auto* list : {&added_, &written_, &opened_, &finished_, &unsucceeded_}) list->clear();
  for (Touched& job : jobs_) {
    culprit_ = job.item;
    if (!job.added) look_up(job);
  }
  link_history();
  for (Touched& job : jobs_) {
    culprit_ = job.item;
    sort_out(job);
  }
  add_jobs();
  add_graph();
  write_progress();
  write_history();
  write_totals();
  if (last_key_ != 0 || last_sequence_ != 0) write_owner();
  if (where_.empty()) touch_owner();
}

void GroupCommit::look_up(Touched& job) {
  if (const auto known = open_jobs_.find(job.key); known != open_jobs_.end()) {
    job.known = known->second;
    return;
  }
  // Rare: something about a job that is over. One that is not there or that cannot be read is left
  // as it is: what is said of it is dropped.
  Query query = db_.query(Sql::standing);
  try {
    job.missing = !query.number(job.key).step();
    if (!job.missing) job.known = {state_at(query, 0), query.number_at(1)};
  } catch (const Unreadable&) {
    job.missing = true;
  }
}

void GroupCommit::link_history() {
  std::erase_if(history_, [this](const Event& event) { return jobs_[event.job].missing; });
  for (Event& event : history_) {
    event.previous = std::exchange(jobs_[event.job].known.last_event, event.entry->sequence);
    last_sequence_ = std::max(last_sequence_, event.entry->sequence);
  }
}

// Which tables it goes into or leaves.
void GroupCommit::sort_out(Touched& job) {
  if (job.missing) return;
  if (job.added && !job.last) {  // a pointer
    added_.push_back(&job);
    return;
  }
  if (!job.last) {  // only history
    Query query = db_.query(Sql::set_last_event);
    query.number(job.known.last_event).number(job.key).run();
    return;
  }
  const bool was_open = !job.added && !is_final(job.known.state);
  const bool was_final = !job.added && !was_open;
  const State after = job.last->state;
  if (job.added) {
    added_.push_back(&job);
    job.known.workflow = job.added->workflow;
  }
  if (!job.added) --delta_[index(job.known.state)];
  ++delta_[index(after)];
  if (job.known.workflow != 0) {
    // Before it ended it was in no bucket but its state's.
    if (!job.added) --workflow_delta_[{job.known.workflow, workflow_bucket(job.known.state, true)}];
    ++workflow_delta_[{job.known.workflow, workflow_bucket(after, job.last->asked_for)}];
  }
  written_.push_back(&job);
  if (was_final) take_from_finished(job);
  if (was_open && is_final(after)) {
    Query query = db_.query(Sql::remove_open);
    query.number(job.key).run();
  }
  if (!is_final(after) && !was_open) opened_.push_back(&job);
  if (is_final(after)) finished_.push_back(&job);
  if (after > State::succeeded) unsucceeded_.push_back(&job);
}

void GroupCommit::take_from_finished(const Touched& job) {
  std::int64_t at = 0;
  {
    Query query = db_.query(Sql::standing);
    if (query.number(job.key).step()) at = query.number_or_null_at(2).value_or(0);
  }
  Query finished = db_.query(Sql::remove_finished);
  finished.number(at).number(job.key).run();
  Query unsucceeded = db_.query(Sql::remove_unsucceeded);
  unsucceeded.number(static_cast<std::int64_t>(job.known.state)).number(job.key).run();
}

// Runs a statement over `rows`, whose elements know their item.
template <class Rows, class Put>
void GroupCommit::feed(Sql which, const Rows& rows, Put put) {
  try {
    feed_.run(which, rows.size(), [&](std::size_t i, RowValues& row) { put(rows[i], row); });
  } catch (const SqliteFailure&) {
    if (feed_.at() < rows.size()) culprit_ = item_of(rows[feed_.at()]);
    throw;
  }
}

void GroupCommit::add_jobs() {
  for (Touched& job : jobs_) {
    if (!job.added) continue;
    culprit_ = job.item;
    job.backend = word(job.added->spec.backend);
    job.host = word(job.added->spec.host);
  }
  feed(Sql::add_jobs, added_, [&](const Touched* job, RowValues& row) { put_job(*job, row); });
  for (const Touched* job : added_) {
    culprit_ = job->item;
    for (const std::string& tag : job->added->spec.tags) {
      if (tag.empty()) continue;
      Query query = db_.query(Sql::add_tag);
      query.number(job->key).bytes(tag).run();
    }
  }
}

// Those that a new edge leads from or to have to be there: one may have been archived meanwhile.
void GroupCommit::add_graph() {
  for (const auto& [edge, item] : edges_) {
    culprit_ = item;
    for (const JobKey key : {edge.source, edge.target}) {
      if (where_.contains(key) || open_jobs_.contains(key)) continue;
      Query query = db_.query(Sql::standing);
      if (!query.number(key).step())
        throw SqliteFailure{19 /* SQLITE_CONSTRAINT */,
                            "a job that it refers to has been archived meanwhile"};
    }
  }
  std::sort(edges_.begin(), edges_.end());
  feed(Sql::add_edges, edges_, [](const std::pair<Edge, Item*>& each, RowValues& row) {
    row.number(each.first.source).number(each.first.target);
    row.number(static_cast<std::int64_t>(each.first.kind));
  });
  for (const auto& [workflow, item] : workflows_) {
    culprit_ = item;
    const std::string id = workflow->id.text();
    Query query = db_.query(Sql::add_workflow);
    query.number(workflow->key).text(id).bytes(workflow->name).bytes(workflow->file);
    query.number(unix_milliseconds(workflow->submitted_at)).run();
  }
  std::set<JobKey> there;
  for (const auto& [workflow, item] : workflows_) there.insert(workflow->key);
  for (const Touched* job : added_) {
    culprit_ = job->item;
    if (job->added->workflow != 0 && there.insert(job->added->workflow).second) {
      Query query = db_.query(Sql::workflow);
      if (!query.number(job->added->workflow).step())
        throw SqliteFailure{19 /* SQLITE_CONSTRAINT */, "its workflow has been archived meanwhile"};
    }
    if (job->added->workflow == 0 || !job->added->spec.restart_of) continue;
    supersede(*job->added->spec.restart_of);
    supersede_restarts(*job->added->spec.restart_of, job->added->id);
  }
}

// What was made of the same job before, by another restart of it. One that is not over counts
// until then.
void GroupCommit::supersede_restarts(const JobId& old, const JobId& newest) {
  std::vector<JobId> rest = {old};
  while (!rest.empty()) {
    const std::string id = rest.back().text();
    rest.pop_back();
    std::vector<JobId> made;
    {
      Query query = db_.query(Sql::restarts);
      query.text(id);
      while (query.step()) made.push_back(id_at(query, 0));
    }
    for (const JobId& each : made) {
      if (!(each < newest)) continue;
      if (is_over(each)) supersede(each);
      rest.push_back(each);
    }
  }
}

bool GroupCommit::is_over(const JobId& job) {
  const std::string id = job.text();
  Query query = db_.query(Sql::end_of_id);
  return query.text(id).step() && is_final(state_at(query, 0));
}

// The node's newest job is another one now.
void GroupCommit::supersede(const JobId& old) {
  JobKey key = 0, workflow = 0;
  {
    const std::string id = old.text();
    Query query = db_.query(Sql::supersede);
    if (!query.text(id).step()) return;
    key = query.number_at(0);
    workflow = query.number_at(1);
    const bool is_pointer = !query.is_null(2);
    query.run();
    if (is_pointer) return;
  }
  Query query = db_.query(Sql::end_of);
  if (!query.number(key).step()) return;
  const JobEnd end = end_at(query, 0);
  --workflow_delta_[{workflow, workflow_bucket(end.state, end.asked_for)}];
}

void GroupCommit::put_job(const Touched& job, RowValues& row) {
  const JobRecord& record = *job.added;
  auto spec = spec_text(record.spec);
  if (!spec) throw SqliteFailure{20 /* SQLITE_MISMATCH */, spec.error().what};
  texts_.spec = std::move(*spec);
  texts_.id = record.id.text();
  texts_.retries = retries_text(record.spec.retries);
  texts_.restart_of = record.spec.restart_of ? record.spec.restart_of->text() : "";
  row.number(record.key)
      .text(texts_.id)
      .bytes(record.spec.name)
      .number(job.backend)
      .number(job.host);
  row.number(has_condition(record.spec) ? 1 : 0).bytes(texts_.retries).bytes(texts_.restart_of);
  row.number(unix_milliseconds(record.submitted_at)).text(texts_.spec);
  const auto or_null = [](std::int64_t value) {
    return value == 0 ? std::nullopt : std::optional(value);
  };
  row.number_or_null(or_null(record.same_as)).number_or_null(or_null(record.workflow));
  const ConditionDigest equivalence = equivalence_of(record.spec);
  texts_.equivalence = equivalence ? equivalence.text() : "";
  row.bytes(record.node).bytes(texts_.equivalence);
  row.number_or_null(or_null(record.spec.timeout ? record.spec.timeout->count() : 0));
}

void GroupCommit::put_progress_of(const Touched& job, RowValues& row) {
  texts_.progress.emplace(*job.last);
  row.number(job.key);
  put_progress(row, *job.last, *texts_.progress);
  row.number(job.known.last_event);
}

void GroupCommit::write_progress() {
  const auto key = [](const Touched* job, RowValues& row) { row.number(job->key); };
  const auto by_time = [](const Touched* job, RowValues& row) {
    row.number(noticed(*job->last)).number(job->key);
  };
  const auto by_state = [](const Touched* job, RowValues& row) {
    row.number(static_cast<std::int64_t>(job->last->state)).number(job->key);
  };
  feed(Sql::put_progress, written_,
       [&](const Touched* job, RowValues& row) { put_progress_of(*job, row); });
  feed(Sql::add_open, opened_, key);
  feed(Sql::add_finished, finished_, by_time);
  feed(Sql::add_unsucceeded, unsucceeded_, by_state);
}

void GroupCommit::write_history() {
  feed(Sql::add_history, history_,
       [](const Event& event, RowValues& row) { put_history(row, *event.entry, event.previous); });
}

// After the commit: memory follows the disk.
void GroupCommit::remember_open_jobs() {
  for (const Touched& job : jobs_) {
    if (job.missing) continue;
    if (job.added && !job.last) continue;  // a pointer
    const State state = job.last ? job.last->state : job.known.state;
    if (is_final(state))
      open_jobs_.erase(job.key);
    else
      open_jobs_[job.key] = {state, job.known.last_event, job.known.workflow};
  }
}

// The lists of a hundred thousand jobs are not kept for the next ten.
void GroupCommit::let_go() {
  constexpr std::size_t kept = 10'000;
  if (jobs_.capacity() > kept) {
    jobs_ = std::vector<Touched>();
    where_ = std::unordered_map<JobKey, std::size_t>();
  }
  if (history_.capacity() > kept) history_ = std::vector<Event>();
  if (edges_.capacity() > kept) edges_ = {};
  for (auto* list : {&added_, &written_, &opened_, &finished_, &unsucceeded_})
    if (list->capacity() > kept) *list = std::vector<const Touched*>();
  if (open_jobs_.empty() && open_jobs_.bucket_count() > kept) open_jobs_ = OpenJobs();
}

void GroupCommit::write_totals() {
  for (const State state : all_states) {
    if (delta_[index(state)] == 0) continue;
    Query query = db_.query(Sql::add_to_total);
    query.number(static_cast<std::int64_t>(state)).number(delta_[index(state)]).run();
  }
  for (const auto& [which, count] : workflow_delta_) {
    if (count == 0) continue;
    Query query = db_.query(Sql::add_to_workflow);
    query.number(which.first).number(which.second).number(count).run();
  }
}

void GroupCommit::write_owner() {
  const std::string id = last_id_ == JobId() ? "" : last_id_.text();
  Query query = db_.query(Sql::set_last);
  query.number(last_key_).text(id).number(last_sequence_).run();
}

// What changes nothing is not written by SQLite, and would not find out whether that is possible.
void GroupCommit::touch_owner() {
  for (int times = 0; times < 2; ++times) db_.query(Sql::touch_owner).run();
}

std::int64_t GroupCommit::word(const std::string& text) {
  if (const auto known = words_.find(text); known != words_.end()) return known->second;
  std::int64_t number = 0;
  {
    // Not `bytes`: the empty text is a word too.
    Query query = db_.query(Sql::find_word);
    if (text.empty())
      query.text(text);
    else
      query.bytes(text);
    if (query.step()) number = query.number_at(0);
  }
  if (number == 0) {
    Query query = db_.query(Sql::add_word);
    if (text.empty())
      query.text(text);
    else
      query.bytes(text);
    query.step();
    number = query.number_at(0);
    query.run();
  }
  if (words_.size() >= words_limit) words_.clear();
  return words_[text] = number;
}

}  // namespace ketrew::store
