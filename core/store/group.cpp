#include "core/store/group.hpp"

#include "core/store/rows.hpp"

namespace ketrew::store {
namespace {

constexpr std::size_t words_limit = 10'000;

std::size_t index(State state) { return static_cast<std::size_t>(state); }

// A job can be updated without touching the indexes that only matter at its end.
bool stays_open(State before, const Progress& after) {
  return !is_final(before) && !is_final(after.state) && !after.noticed_at;
}

}  // namespace

std::size_t rows_of(const Item& item) {
  if (const auto* submission = std::get_if<SubmissionItem>(&item))
    return 1 + 2 * submission->submission.jobs.size() + submission->submission.history.size();
  if (const auto* changes = std::get_if<ChangesItem>(&item))
    return 1 + changes->changes.jobs.size() + changes->changes.history.size();
  return 1;
}

void GroupCommit::write(std::span<Item* const> items) {
  culprit_ = nullptr;
  jobs_.clear();
  where_.clear();
  history_.clear();
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
    db_.commit();
    remember_last_events();
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
      Touched& job = jobs_[touched(change.job, item)];
      if (!job.added && !job.last) job.before = change.before;
      job.last = &change.progress;
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
    job.added = &record;
    job.last = &record.progress;
    last_key_ = std::max(last_key_, record.key);
    last_id_ = std::max(last_id_, record.id);
  }
  for (const HistoryEntry& entry : item.submission.history)
    history_.push_back({&entry, touched(entry.job, self), &self});
  item.answer = std::move(accepted);
  if (!item.submission.idempotency_key.empty()) remember_request(item);
}

bool GroupCommit::answer_repeat(SubmissionItem& item) {
  Query query = db_.query(Sql::find_request);
  query.bytes(item.submission.idempotency_key);
  if (!query.step()) return false;
  if (query.bytes_at(0) != item.submission.fingerprint) {
    item.answer = fail(ErrorKind::conflict, "this idempotency key was used for another request",
                       "give each request a key of its own");
    return true;
  }
  Accepted accepted;
  accepted.repeated = true;
  const std::string ids = query.bytes_at(1);
  for (std::size_t at = 0; at < ids.size(); at += JobId::text_size) {
    const auto id = JobId::parse(std::string_view(ids).substr(at, JobId::text_size));
    if (!id) throw Unreadable{"the jobs of an idempotency key are not ids"};
    accepted.ids.push_back(*id);
  }
  item.answer = std::move(accepted);
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
  link_history();
  add_jobs();
  for (Touched& job : jobs_) {
    if (job.added) continue;
    culprit_ = job.item;
    update(job);
  }
  write_history();
  write_totals();
  if (last_key_ != 0 || last_sequence_ != 0 || where_.empty()) write_owner();
}

// Runs a statement over `rows`, whose elements know their item.
template <class Rows, class Put>
void GroupCommit::feed(Sql which, const Rows& rows, Put put) {
  try {
    feed_.run(which, rows.size(), [&](std::size_t i, RowValues& row) { put(i, row); });
  } catch (const SqliteFailure&) {
    if (feed_.at() < rows.size()) culprit_ = item_of(rows[feed_.at()]);
    throw;
  }
}

void GroupCommit::add_jobs() {
  added_.clear();
  for (Touched& job : jobs_) {
    if (!job.added) continue;
    culprit_ = job.item;
    job.backend = word(job.added->spec.backend);
    job.host = word(job.added->spec.host);
    added_.push_back(&job);
    ++delta_[index(job.last->state)];
  }
  feed(Sql::add_jobs, added_, [&](std::size_t i, RowValues& row) { put_job(*added_[i], row); });
  feed(Sql::add_specs, added_, [&](std::size_t i, RowValues& row) {
    auto spec = spec_text(added_[i]->added->spec);
    if (!spec) throw SqliteFailure{20 /* SQLITE_MISMATCH */, spec.error().what};
    texts_.spec = std::move(*spec);
    row.number(added_[i]->key).text(texts_.spec);
  });
  for (const Touched* job : added_) {
    culprit_ = job->item;
    for (const std::string& tag : job->added->spec.tags) {
      if (tag.empty()) continue;
      Query query = db_.query(Sql::add_tag);
      query.number(job->key).bytes(tag).run();
    }
  }
}

void GroupCommit::put_job(const Touched& job, RowValues& row) {
  const JobRecord& record = *job.added;
  texts_.id = record.id.text();
  texts_.retries = retries_text(record.spec.retries);
  texts_.restart_of = record.spec.restart_of ? record.spec.restart_of->text() : "";
  texts_.progress.emplace(*job.last);
  row.number(record.key)
      .text(texts_.id)
      .bytes(record.spec.name)
      .number(job.backend)
      .number(job.host);
  row.number(record.spec.condition ? 1 : 0).bytes(texts_.retries).bytes(texts_.restart_of);
  row.number(unix_milliseconds(record.submitted_at)).number(is_final(job.last->state) ? 0 : 1);
  row.number(std::max<std::int64_t>(job.last_event, 0));
  put_progress(row, *job.last, *texts_.progress, false);
}

void GroupCommit::update(Touched& job) {
  const auto write = [&](State before) {
    const Progress& progress = *job.last;
    const ProgressTexts texts(progress);
    const bool open = stays_open(before, progress);
    RowValues row;
    put_progress(row, progress, texts, open);
    if (!open) row.number(is_final(progress.state) ? 0 : 1);
    row.number_or_null(job.last_event >= 0 ? std::optional(job.last_event) : std::nullopt);
    Query query = db_.query(open ? Sql::update_open_job : Sql::update_job);
    query.values(row);
    query.number(job.key).number(static_cast<std::int64_t>(before)).run();
    return db_.changes() == 1;
  };
  if (job.last && write(job.before)) {
    --delta_[index(job.before)];
    ++delta_[index(job.last->state)];
    return;
  }
  if (!job.last) {  // only history
    Query query = db_.query(Sql::set_last_event);
    query.number(job.last_event).number(job.key).run();
    job.missing = db_.changes() != 1;
    return;
  }
  // Rare: the row is not what the caller believes. The row is the truth.
  std::int64_t state = -1;
  {
    Query query = db_.query(Sql::state_of);
    if (query.number(job.key).step()) state = query.number_at(0);
  }
  job.missing = state < 0 || state >= std::int64_t{state_count};
  if (job.missing) return;
  const State before = static_cast<State>(state);
  if (!write(before)) return;
  --delta_[index(before)];
  ++delta_[index(job.last->state)];
}

void GroupCommit::link_history() {
  for (Event& event : history_) {
    Touched& job = jobs_[event.job];
    event.previous = job.last_event >= 0 ? job.last_event : last_event_of(job);
    job.last_event = event.entry->sequence;
  }
}

std::int64_t GroupCommit::last_event_of(Touched& job) {
  if (job.added) return 0;
  if (const auto known = last_events_.find(job.key); known != last_events_.end())
    return known->second;
  Query query = db_.query(Sql::last_event);
  return query.number(job.key).step() ? query.number_at(0) : 0;
}

void GroupCommit::remember_last_events() {
  for (const Touched& job : jobs_) {
    if (job.missing || (job.last && is_final(job.last->state)))
      last_events_.erase(job.key);
    else if (job.last && job.last_event >= 0)
      last_events_[job.key] = job.last_event;
    else if (job.last_event >= 0)
      if (const auto known = last_events_.find(job.key); known != last_events_.end())
        known->second = job.last_event;
  }
}

void GroupCommit::write_history() {
  std::erase_if(history_, [this](const Event& event) { return jobs_[event.job].missing; });
  feed(Sql::add_history, history_, [&](std::size_t i, RowValues& row) {
    put_history(row, *history_[i].entry, history_[i].previous);
  });
  for (const Event& event : history_)
    last_sequence_ = std::max(last_sequence_, event.entry->sequence);
}

void GroupCommit::write_totals() {
  for (const State state : all_states) {
    if (delta_[index(state)] == 0) continue;
    Query query = db_.query(Sql::add_to_total);
    query.number(static_cast<std::int64_t>(state)).number(delta_[index(state)]).run();
  }
}

void GroupCommit::write_owner() {
  const std::string id = last_id_ == JobId() ? "" : last_id_.text();
  Query query = db_.query(Sql::set_last);
  query.number(last_key_).text(id).number(last_sequence_).run();
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
