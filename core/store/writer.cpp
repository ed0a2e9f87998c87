#include "core/store/writer.hpp"

#include <sqlite3.h>

namespace ketrew::store {
namespace {

constexpr std::size_t group_rows = 20'000;
constexpr Milliseconds first_backoff{20}, longest_backoff{1000};
// The log is copied into the database by another thread; under a flood of commits that never
// catches up, and from this many pages on the writer does the rest itself between two groups.
constexpr int inline_checkpoint_pages = 16'000, inline_checkpoint_step = 4'000;

bool is_submission(const Item& item) { return std::holds_alternative<SubmissionItem>(item); }
bool is_chore(const Item& item) { return std::holds_alternative<ChoreItem>(item); }

}  // namespace

Writer::Writer(std::unique_ptr<Connection> db, std::int64_t epoch, GroupCommit::OpenJobs open_jobs,
               Callbacks callbacks)
    : db_(std::move(db)),
      group_(*db_, epoch, std::move(open_jobs)),
      callbacks_(std::move(callbacks)) {
  sqlite3_wal_hook(
      db_->raw(),
      [](void* self, sqlite3* raw, const char*, int pages) {
        auto& writer = *static_cast<Writer*>(self);
        if (pages < inline_checkpoint_pages) {
          writer.inline_checkpoint_at_ = inline_checkpoint_pages;
        } else if (pages >= writer.inline_checkpoint_at_) {
          writer.inline_checkpoint_at_ = pages + inline_checkpoint_step;
          sqlite3_wal_checkpoint_v2(raw, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        }
        if (writer.callbacks_.on_wal) writer.callbacks_.on_wal(pages);
        return SQLITE_OK;
      },
      this);
  inline_checkpoint_at_ = inline_checkpoint_pages;
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Writer::push(Item item) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(item));
  }
  wake_.notify_one();
}

std::string Writer::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void Writer::stop_for_ever(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (fatal_) return;
    fatal_ = error;
    problem_ = error.text();
  }
  wake_.notify_all();
  if (callbacks_.on_fatal) callbacks_.on_fatal(error);
}

bool Writer::stopping() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}
bool Writer::dead() const {
  const std::lock_guard lock(mutex_);
  return fatal_.has_value();
}

void Writer::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto something = [this] { return stop_ || !queue_.empty(); };
      if (pending_.empty() && problem_.empty())
        wake_.wait(lock, something);
      else if (pending_.empty() && !fatal_)
        wake_.wait_for(lock, longest_backoff, something);
      else if (pending_.empty())
        wake_.wait(lock, something);
      for (Item& item : queue_) pending_.push_back(std::move(item));
      queue_.clear();
      if (pending_.empty() && stop_) return;
    }
    // With nothing to write, an empty group finds out whether writing works again: as long as there
    // is a problem nothing is started, and then nothing would come.
    write_some();
  }
}

void Writer::write_some() {
  if (dead()) {
    Error error;
    {
      const std::lock_guard lock(mutex_);
      error = *fatal_;
    }
    refuse_submissions(pending_.size(), error);
    pending_.clear();  // facts that nobody can store any more
    return;
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
  attempt(count);
}

void Writer::attempt(std::size_t count) {
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
      refuse_submissions(count, error);
      // Without them there is less to write: that much may still go in.
      if (pending_.size() == before || pending_.empty()) wait_after_failure();
    } else if (!means_corrupt(failure) && culprit &&
               (is_submission(*culprit) || is_chore(*culprit))) {
      refuse_one(culprit, to_error(failure, "store the jobs"));
    } else {
      stop_for_ever(error);
    }
  }
}

void Writer::accept(std::size_t count) {
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

void Writer::wait_after_failure() {
  backoff_ = std::min(longest_backoff, std::max(first_backoff, backoff_ * 2));
  std::unique_lock lock(mutex_);
  if (stop_) {
    // The last try failed: what is left cannot be kept.
    lock.unlock();
    refuse_submissions(pending_.size(), {ErrorKind::unavailable, "the daemon is stopping", {}});
    pending_.clear();
    return;
  }
  wake_.wait_for(lock, backoff_, [this] { return stop_ || fatal_; });
}

void Writer::set_problem(const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
    const bool edge = problem_.empty() != text.empty();
    if (fatal_) return;
    problem_ = text;
    if (!edge) return;
  }
  if (callbacks_.on_health) callbacks_.on_health(text);
}

void Writer::refuse_submissions(std::size_t count, const Error& error) {
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

void Writer::refuse_one(Item* item, const Error& error) {
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
