// What the store costs: CPU a job for 100,000 jobs that need no process, and reading a large home.
//
//   store_bench [--jobs N] [--group N] [--old N] [--folder DIR]
//
// Each job: one submission row, four history rows, three updates. With --old N a home with N
// finished and 10,000 running jobs is made first, and its opening and its status are measured.
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <mutex>

#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/store/store.hpp"

using namespace ketrew;
using namespace ketrew::store;

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}
double own_cpu_seconds() {  // of this thread: making the input, which the daemon pays elsewhere
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}
double wall_seconds() {
  return static_cast<double>(std::chrono::steady_clock::now().time_since_epoch() /
                             std::chrono::microseconds(1)) *
         1e-6;
}

// Lets a few groups be under way, as the daemon does.
class InFlight {
 public:
  void begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ < 2; });
    ++count_;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    --count_;
    changed_.notify_all();
  }
  void drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

struct Bench {
  std::unique_ptr<Store> store;
  InFlight in_flight;
  JobIdSource ids{42};
  JobKey next_key = 1;
  std::int64_t next_sequence = 1;

  std::vector<JobRecord> records(std::size_t count) {
    std::vector<JobRecord> jobs(count);
    for (auto& job : jobs) {
      job.key = next_key++;
      job.submitted_at = wall_now();
      job.id = ids.next(unix_milliseconds(job.submitted_at));
      job.spec.backend = "nothing";
      job.spec.host = "/home/somebody/.ketrew/playgrounds";
      job.spec.program.commands = {Command{"", {"true"}}};
      job.progress.state = State::passive;
    }
    return jobs;
  }

  HistoryEntry entry(const JobRecord& job, State from, const char* reason) {
    HistoryEntry e;
    e.sequence = next_sequence++;
    e.job = job.key;
    e.at = wall_now();
    e.from = from;
    e.to = job.progress.state;
    e.attempt = job.progress.attempt;
    e.reason = reason;
    return e;
  }

  void submit(std::vector<JobRecord>& jobs) {
    Submission s;
    for (auto& job : jobs) s.history.push_back(entry(job, State::passive, "submitted"));
    s.jobs = jobs;
    in_flight.begin();
    store->submit(std::move(s), [this](Result<Accepted> r) {
      if (!r) std::fprintf(stderr, "%s\n", r.error().text().c_str()), std::exit(1);
      in_flight.end();
    });
  }

  template <class F>
  void change(std::vector<JobRecord>& jobs, const char* reason, F apply) {
    Changes changes;
    for (auto& job : jobs) {
      const State before = job.progress.state;
      apply(job.progress);
      changes.history.push_back(entry(job, before, reason));
      changes.jobs.push_back({job.key, job.progress});
    }
    in_flight.begin();
    store->change(std::move(changes), [this] { in_flight.end(); });
  }

  void start(std::vector<JobRecord>& jobs) {
    change(jobs, "the backend is being asked", [](Progress& p) {
      p.state = State::starting;
      p.attempt = 1;
      p.attempt_open = true;
    });
    change(jobs, "the backend has it", [](Progress& p) {
      p.state = State::running;
      p.backend_state = R"({"version":1,"slot":123456})";
      p.phase = "running";
      p.started_at = wall_now();
    });
  }
  void end(std::vector<JobRecord>& jobs, Wall noticed) {
    change(jobs, "exit code 0", [noticed](Progress& p) {
      p.state = State::succeeded;
      p.attempt_open = false;
      p.exit_code = 0;
      p.ended_at = p.noticed_at = noticed;
    });
  }
};

std::unique_ptr<Store> open(const std::string& path) {
  auto store = Store::open({.path = path});
  if (!store) std::fprintf(stderr, "%s\n", store.error().text().c_str()), std::exit(1);
  return std::move(*store);
}

std::int64_t size_of(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 ? std::int64_t{st.st_size} : 0;
}

void flow(const std::string& path, std::size_t jobs, std::size_t group) {
  Bench bench;
  bench.store = open(path);
  const double cpu = cpu_seconds(), own = own_cpu_seconds(), wall = wall_seconds();
  for (std::size_t done = 0; done < jobs; done += group) {
    auto batch = bench.records(std::min(group, jobs - done));
    bench.submit(batch);
    bench.start(batch);
    bench.end(batch, wall_now());
  }
  bench.in_flight.drain();
  const double n = static_cast<double>(jobs);
  const double input = own_cpu_seconds() - own;
  std::printf(
      "%zu jobs in groups of %zu, us a job: %.2f of CPU in the store, %.2f for the input,"
      " %.2f wall; ",
      jobs, group, (cpu_seconds() - cpu - input) / n * 1e6, input / n * 1e6,
      (wall_seconds() - wall) / n * 1e6);
  const double closing = wall_seconds();
  bench.store.reset();
  std::printf("closed in %.0f ms, %.0f bytes a job\n", (wall_seconds() - closing) * 1e3,
              static_cast<double>(size_of(path)) / n);
}

void large_home(const std::string& path, std::size_t old) {
  const Wall past = wall_now() - std::chrono::hours(24 * 30);
  {
    Bench bench;
    bench.store = open(path);
    for (std::size_t done = 0; done < old; done += 1000) {
      auto batch = bench.records(1000);
      for (auto& job : batch) job.progress.state = State::succeeded, job.progress.noticed_at = past;
      bench.submit(batch);
    }
    for (int i = 0; i < 10; ++i) {
      auto batch = bench.records(1000);
      bench.submit(batch);
      bench.start(batch);
      if (i % 5 == 4) bench.end(batch, wall_now());
    }
    bench.in_flight.drain();
  }
  const double before = wall_seconds();
  auto store = open(path);
  const auto unfinished = store->take_unfinished();
  std::printf("%zu finished: opened in %.0f ms (%zu unfinished, file of %.0f MB)\n", old,
              (wall_seconds() - before) * 1e3, unfinished.size(),
              static_cast<double>(size_of(path)) * 1e-6);
  const auto ask = [&](const char* name, Selection selection) {
    for (int round = 0; round < 2; ++round) {
      std::promise<std::size_t> found;
      const double begin = wall_seconds();
      store->read([&](Reader& reader) {
        if (!reader.totals()) std::exit(1);
        found.set_value(reader.list(selection).value().size());
      });
      const std::size_t n = found.get_future().get();
      std::printf("  %-40s %6.1f ms, %zu jobs\n", name, (wall_seconds() - begin) * 1e3, n);
    }
  };
  ask("status (open or finished today)", {.finished_since = wall_now() - std::chrono::hours(24)});
  ask("status, all finished recently", {.finished_since = past - std::chrono::hours(1)});
  ask("status, page in the middle",
      {.finished_since = wall_now() - std::chrono::hours(24), .before = 500'000});
  ask("failed", {.states = {State::failed, State::lost, State::killed}});
  ask("running", {.states = {State::running}});
  ask("backend without jobs", {.backend = "else"});
  ask("succeeded", {.states = {State::succeeded}});
  ask("not there: passive or succeeded, by tag", {.states = {State::passive}, .tag = "none"});
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t jobs = 100'000, group = 1000, old = 0;
  std::string folder = "/tmp";
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    if (key == "--jobs")
      jobs = std::strtoul(argv[i + 1], nullptr, 10);
    else if (key == "--group")
      group = std::strtoul(argv[i + 1], nullptr, 10);
    else if (key == "--old")
      old = std::strtoul(argv[i + 1], nullptr, 10);
    else if (key == "--folder")
      folder = argv[i + 1];
    else
      return std::fprintf(stderr, "unknown option %s\n", argv[i]), 2;
  }
  const std::string path = folder + "/ketrew-store-bench." + std::to_string(::getpid()) + ".db";
  if (jobs > 0) flow(path, jobs, group);
  ::unlink(path.c_str());
  if (old > 0) large_home(path, old);
  for (const char* end : {"", "-wal", "-shm"}) ::unlink((path + end).c_str());
  return 0;
}
