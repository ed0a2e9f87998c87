#include "tests/unit/store/support.hpp"

#include <chrono>
#include <filesystem>

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/store/sqlite.hpp"

namespace ketrew::store {
namespace fs = std::filesystem;

Folder::Folder() {
  // Memory where there is some: these tests sync much, and what they kill is a process, not the
  // power.
  const char* base = std::getenv("TMPDIR");
  if (!base || !*base) base = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  path_ = std::string(base) + "/ketrew-store-XXXXXX";
  if (!::mkdtemp(path_.data())) ADD_FAILURE() << "cannot make a folder " << path_;
}
Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}
std::map<std::string, std::string> Folder::contents() const {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::directory_iterator(path_))
    if (entry.is_regular_file()) all[entry.path().filename()] = read_file(entry.path()).value();
  return all;
}

void Told::health(const std::string& text) {
  const std::lock_guard lock(mutex_);
  healths_.push_back(text);
  changed_.notify_all();
}
void Told::fatal(const Error& error) {
  const std::lock_guard lock(mutex_);
  fatals_.push_back(error);
  changed_.notify_all();
}
std::vector<std::string> Told::healths() const {
  const std::lock_guard lock(mutex_);
  return healths_;
}
std::vector<Error> Told::fatals() const {
  const std::lock_guard lock(mutex_);
  return fatals_;
}
bool Told::wait(const std::function<bool(const Told&)>& condition) const {
  return wait_until([&] { return condition(*this); });
}

OpenOptions options_for(const std::string& path, Told* told) {
  OpenOptions options;
  options.path = path;
  if (told) {
    options.on_health = [told](const std::string& text) { told->health(text); };
    options.on_fatal = [told](const Error& error) { told->fatal(error); };
  }
  return options;
}
std::unique_ptr<Store> open_or_fail(OpenOptions options) {
  auto store = Store::open(std::move(options));
  if (!store) {
    ADD_FAILURE() << store.error().text();
    std::abort();
  }
  return std::move(*store);
}
std::unique_ptr<Store> open_or_fail(const std::string& path) {
  return open_or_fail(options_for(path));
}

JobRecord Maker::job(State state) {
  JobRecord record;
  record.key = next_key++;
  record.submitted_at = from_unix_milliseconds(1'700'000'000'000 + record.key);
  record.id = ids.next(unix_milliseconds(record.submitted_at));
  record.spec.backend = "nothing";
  record.spec.host = "/tmp/playgrounds";
  record.spec.program.commands = {Command{"", {"true"}}};
  record.progress.state = state;
  return record;
}

HistoryEntry Maker::entry(const JobRecord& job, State from, State to, std::string reason) {
  HistoryEntry entry;
  entry.sequence = next_sequence++;
  entry.job = job.key;
  entry.id = job.id;
  entry.at = job.submitted_at;
  entry.from = from;
  entry.to = to;
  entry.attempt = job.progress.attempt;
  entry.reason = std::move(reason);
  return entry;
}

Submission Maker::submission(std::size_t jobs, std::string key) {
  Submission submission;
  for (std::size_t i = 0; i < jobs; ++i) {
    submission.jobs.push_back(job());
    submission.history.push_back(
        entry(submission.jobs.back(), State::passive, State::passive, "new"));
  }
  submission.idempotency_key = std::move(key);
  if (!submission.idempotency_key.empty()) submission.fingerprint = "fingerprint";
  return submission;
}

void Maker::follow(const Store& store) {
  next_key = store.last_key() + 1;
  next_sequence = store.last_sequence() + 1;
  ids.after(store.last_id());
}

Result<Accepted> submit(Store& store, Submission submission) {
  std::promise<Result<Accepted>> promise;
  store.submit(std::move(submission), [&](Result<Accepted> r) { promise.set_value(std::move(r)); });
  return promise.get_future().get();
}

void change(Store& store, Changes changes) {
  std::promise<void> promise;
  store.change(std::move(changes), [&] { promise.set_value(); });
  promise.get_future().get();
}

Changes to_state(Maker& maker, JobRecord& job, State state) {
  Changes changes;
  const State before = job.progress.state;
  job.progress.state = state;
  if (is_final(state)) job.progress.noticed_at = job.submitted_at;
  changes.history.push_back(maker.entry(job, before, state));
  changes.jobs.push_back({job.key, job.progress});
  return changes;
}

Totals totals(Store& store) {
  return ask(store, [](Reader& reader) { return reader.totals(); }).value();
}
JobRecord job(Store& store, JobKey key) {
  return ask(store, [&](Reader& reader) { return reader.job(key); }).value();
}
std::vector<HistoryEntry> history(Store& store, JobKey key) {
  return ask(store, [&](Reader& reader) { return reader.history(key); }).value();
}
std::vector<JobKey> list(Store& store, Selection selection) {
  const auto records = ask(store, [&](Reader& reader) { return reader.list(selection); }).value();
  std::vector<JobKey> keys;
  for (const auto& record : records) keys.push_back(record.key);
  return keys;
}

bool same(const JobRecord& a, const JobRecord& b) {
  return a.key == b.key && a.id == b.id && a.spec == b.spec && a.progress == b.progress &&
         a.submitted_at == b.submitted_at;
}

std::string all_bytes() {
  std::string bytes;
  for (int i = 1; i <= 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

void sqlite(const std::string& path, const std::string& sql) try {
  Connection db;
  db.open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3_busy_timeout(db.raw(), 10'000);
  db.execute(sql);
} catch (const SqliteFailure& failure) {
  ADD_FAILURE() << sql << ": " << failure.what;
}
std::int64_t sqlite_number(const std::string& path, const std::string& sql) try {
  Connection db;
  db.open(path, SQLITE_OPEN_READWRITE);
  return db.number(sql);
} catch (const SqliteFailure& failure) {
  ADD_FAILURE() << sql << ": " << failure.what;
  return -1;
}

}  // namespace ketrew::store
