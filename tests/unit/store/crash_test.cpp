// kill -9 at any time: what was acknowledged is there, whole, and nothing is there twice.
#include <random>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

// Submits and changes until it is killed; each acknowledged request is a line in the pipe.
[[noreturn]] void work_until_killed(const std::string& path, int acknowledged) {
  auto store = open_or_fail(path);
  Maker maker;
  maker.follow(*store);
  for (;;) {
    Submission submission = maker.submission(3, "request " + std::to_string(maker.next_key));
    const JobKey first = submission.jobs[0].key;
    JobRecord changing = submission.jobs[1];
    if (!submit(*store, submission)) ::_exit(3);
    change(*store, to_state(maker, changing, State::running));
    store->change(to_state(maker, changing, State::succeeded), {});
    const std::string line = std::to_string(first) + "\n";
    if (!write_all(acknowledged, line)) ::_exit(4);
  }
}

TEST(Crash, AcknowledgedIsStored) {
  Folder folder;
  std::mt19937 random(3);
  std::set<JobKey> acknowledged;
  for (int round = 0; round < 8; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) work_until_killed(folder / "db", ends[1]);
    ::close(ends[1]);
    std::string lines;
    char c = 0;
    int wanted = static_cast<int>(5 + random() % 40);
    while (wanted > 0 && ::read(ends[0], &c, 1) == 1) {
      lines += c;
      wanted -= c == '\n' ? 1 : 0;
    }
    ::kill(child, SIGKILL);
    while (::read(ends[0], &c, 1) == 1) lines += c;
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    JobKey key = 0;
    for (const char each : lines) {
      if (each == '\n')
        acknowledged.insert(std::exchange(key, 0));
      else
        key = key * 10 + (each - '0');
    }

    auto store = open_or_fail(folder / "db");
    EXPECT_TRUE(store->unreadable().empty());
    ask(*store, [&](Reader& reader) {
      Totals truth{};
      for (JobKey k = 1; k <= store->last_key(); ++k) {
        const auto record = reader.job(k);
        EXPECT_TRUE(record.has_value()) << "a request is whole or not there: " << k;
        if (record) ++truth[static_cast<std::size_t>(record->progress.state)];
      }
      EXPECT_EQ(reader.totals().value(), truth);
      for (const JobKey first : acknowledged) {
        EXPECT_EQ(reader.job(first)->progress.state, State::passive);
        EXPECT_GE(reader.job(first + 1)->progress.state, State::running);
        EXPECT_GE(reader.history(first + 1)->size(), 2u);
      }
      return true;
    });
    Maker maker;
    maker.follow(*store);
    const std::string last = "request " + std::to_string(*acknowledged.rbegin());
    EXPECT_TRUE(submit(*store, maker.submission(3, last)).value().repeated);
  }
  EXPECT_GT(acknowledged.size(), 40u);
}

}  // namespace
}  // namespace ketrew::store
