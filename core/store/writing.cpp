#include "core/store/writing.hpp"

#include <sqlite3.h>

namespace ketrew::store {
namespace {

constexpr std::size_t group_rows = 20'000;
constexpr Milliseconds first_backoff{20};
// The log is copied into the database by another thread; under a flood of commits that never
// catches up, and from this many pages on the writer does the rest itself between two groups.
constexpr int inline_checkpoint_pages = 16'000, inline_checkpoint_step = 4'000;

constexpr const char* in_doubt_hint =
    "it may have been stored all the same: repeat it with the same Idempotency-Key, or look whether it is there";

bool is_submission(const Item& item) { return std::holds_alternative<SubmissionItem>(item); }
bool is_chore(const Item& item) { return std::holds_alternative<ChoreItem>(item); }

}  // namespace

Writing::Writing(std::unique_ptr<Connection> db, std::int64_t epoch, GroupCommit::OpenJobs open_jobs,
                 Callbacks callbacks)
    : db_(std::move(db)),
      group_(*db_, epoch, std::move(open_jobs)),
      callbacks_(std::move(callbacks)) {
  sqlite3_wal_hook(
      db_->raw(),
      [](void* self, sqlite3* raw, const char*, int pages) {
        auto& writing = *static_cast<Writing*>(self);
        if (pages < inline_checkpoint_pages) {
          writing.inline_checkpoint_at_ = inline_checkpoint_pages;
        } else if (pages >= writing.inline_checkpoint_at_) {
          writing.inline_checkpoint_at_ = pages + inline_checkpoint_step;
          sqlite3_wal_checkpoint_v2(raw, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        }
        if (writing.callbacks_.on_wal) writing.callbacks_.on_wal(pages);
        return SQLITE_OK;
      },
      this);
  inline_checkpoint_at_ = inline_checkpoint_pages;
}

void Writing::take(std::deque<Item>& queue) {
  for (Item& item : queue) pending_.push_back(std::move(item));
  queue.clear();
}

void Writing::give_up() {
  refuse_submissions(pending_.size(), {ErrorKind::unavailable, "the daemon is stopping", {}});
  pending_.clear();
}

std::string Writing::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

bool Writing::dead() const {
  const std::lock_guard lock(mutex_);
  return fatal_.has_value();
}

void Writing::stop_for_ever(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (fatal_) return;
    fatal_ = error;
    problem_ = error.text();
  }
  if (callbacks_.on_fatal) callbacks_.on_fatal(error);
}

Milliseconds Writing::write_some() {
  if (dead()) {
    Error error;
    {
      const std::lock_guard lock(mutex_);
      error = *fatal_;
    }
    refuse_submissions(pending_.size(), error);
    pending_.clear();  // facts that nobody can store any more
    return Milliseconds(0);
  }
  // What came in one after the other is one transaction; a chore has one of its own.
  std::size_t count = 0, rows = 0;
  while (count < pending_.size() && rows < group_rows) {
    if (is_chore(pending_[count])) {
      if (count == 0) count = 1;
      break;
    }
    rows += rows_of(pending_[count++]);
  }
  return attempt(count);
}

Milliseconds Writing::attempt(std::size_t count) {
  std::vector<Item*> items;
  items.reserve(count);
  for (std::size_t i = 0; i < count; ++i) items.push_back(&pending_[i]);
  try {
    group_.write(items);
    accept(count);
  } catch (const OwnerLost& lost) {
    stop_for_ever(
        {ErrorKind::conflict,
         "another daemon has taken over this database (epoch " + std::to_string(lost.epoch) + ")",
         "stop this daemon"});
  } catch (const SqliteFailure& failure) {
    const Error error = to_error(failure, "write to the database");
    Item* culprit = group_.culprit();
    if (may_pass(failure)) {
      set_problem(error.what);
      const std::size_t before = pending_.size();
      // All of it may have reached the log before the disk failed: a crash now would find it there.
      const bool in_doubt = group_.failed_in_commit() && (failure.code & 0xff) == SQLITE_IOERR;
      refuse_submissions(count, in_doubt ? Error{error.kind, error.what, in_doubt_hint} : error);
      // Without them there is less to write: that much may still go in.
      if (pending_.size() != before && !pending_.empty()) return Milliseconds(0);
      backoff_ = std::min(longest_backoff, std::max(first_backoff, backoff_ * 2));
      return backoff_;
    } else if (!means_corrupt(failure) && culprit &&
               (is_submission(*culprit) || is_chore(*culprit))) {
      refuse_one(culprit, to_error(failure, "store the jobs"));
    } else {
      stop_for_ever(error);
    }
  }
  return Milliseconds(0);
}

void Writing::accept(std::size_t count) {
  backoff_ = Milliseconds(0);
  set_problem("");
  std::vector<Item> written;
  written.reserve(count);
  for (; count > 0; --count) {
    written.push_back(std::move(pending_.front()));
    pending_.pop_front();
  }
  for (Item& item : written) {
    if (auto* submission = std::get_if<SubmissionItem>(&item)) {
      if (submission->done) submission->done(std::move(*submission->answer));
    } else if (auto* changes = std::get_if<ChangesItem>(&item)) {
      if (changes->done) changes->done();
    } else if (auto& chore = std::get<ChoreItem>(item); chore.done) {
      chore.done({});
    }
  }
}

void Writing::set_problem(const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
    const bool edge = problem_.empty() != text.empty();
    if (fatal_) return;
    problem_ = text;
    if (!edge) return;
  }
  if (callbacks_.on_health) callbacks_.on_health(text);
}

void Writing::refuse_submissions(std::size_t count, const Error& error) {
  std::deque<Item> kept;
  std::vector<Item> refused;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const bool refuse = i < count && !std::holds_alternative<ChangesItem>(pending_[i]);
    if (refuse)
      refused.push_back(std::move(pending_[i]));
    else
      kept.push_back(std::move(pending_[i]));
  }
  pending_ = std::move(kept);
  for (Item& item : refused) refuse_one(&item, error);
}

void Writing::refuse_one(Item* item, const Error& error) {
  if (auto* submission = std::get_if<SubmissionItem>(item)) {
    if (submission->done) submission->done(tl::unexpected<Error>(error));
  } else if (auto* chore = std::get_if<ChoreItem>(item)) {
    if (chore->done) chore->done(tl::unexpected<Error>(error));
  }
  for (auto at = pending_.begin(); at != pending_.end(); ++at) {
    if (&*at != item) continue;
    pending_.erase(at);
    return;
  }
}

}  // namespace ketrew::store
