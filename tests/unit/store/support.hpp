// What the store's tests share: a folder of their own, jobs, and waiting for callbacks.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/store/store.hpp"
#include "tests/support/wait_until.hpp"

namespace ketrew::store {

// A new folder, removed with what is in it at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  // Names and contents of all files.
  std::map<std::string, std::string> contents() const;

 private:
  std::string path_;
};

// What the store tells from its threads.
class Told {
 public:
  void health(const std::string& text);
  void fatal(const Error& error);
  std::vector<std::string> healths() const;
  std::vector<Error> fatals() const;
  // Waits (bounded) until `condition` holds of what was told.
  bool wait(const std::function<bool(const Told&)>& condition) const;

 private:
  bool wait_locked(std::unique_lock<std::mutex>& lock,
                   const std::function<bool()>& condition) const;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> healths_;
  std::vector<Error> fatals_;
};

OpenOptions options_for(const std::string& path, Told* told = nullptr);
std::unique_ptr<Store> open_or_fail(OpenOptions options);
std::unique_ptr<Store> open_or_fail(const std::string& path);

// Makes jobs with growing keys, ids and sequences.
class Maker {
 public:
  JobRecord job(State state = State::passive);
  HistoryEntry entry(const JobRecord& job, State from, State to, std::string reason = "because");
  Submission submission(std::size_t jobs, std::string key = {});
  // Continues after what the store has.
  void follow(const Store& store);

  JobKey next_key = 1;
  std::int64_t next_sequence = 1;
  JobIdSource ids{7};
};

Result<Accepted> submit(Store& store, Submission submission);
void change(Store& store, Changes changes);  // waits until it is on disk
// One change with one history entry.
Changes to_state(Maker& maker, JobRecord& job, State state);

// Asks on a reader thread and waits.
template <class F>
auto ask(Store& store, F question) -> decltype(question(std::declval<Reader&>())) {
  using T = decltype(question(std::declval<Reader&>()));
  std::promise<T> promise;
  store.read([&](Reader& reader) { promise.set_value(question(reader)); });
  return promise.get_future().get();
}
Totals totals(Store& store);
JobRecord job(Store& store, JobKey key);
std::vector<HistoryEntry> history(Store& store, JobKey key);
std::vector<JobKey> list(Store& store, Selection selection);

bool same(const JobRecord& a, const JobRecord& b);
std::string all_bytes();  // 0x01 to 0xff and 0x00: anything but UTF-8

// Runs SQL from outside, as another program would.
void sqlite(const std::string& path, const std::string& sql);
std::int64_t sqlite_number(const std::string& path, const std::string& sql);

}  // namespace ketrew::store
