// Many jobs in one request; and what that costs the scheduler, in commands.
#include "tests/contract/contract_test.hpp"
#include "tests/support/wait_until.hpp"

namespace ketrew::contract {
namespace {

class Batches : public ContractTest {
 protected:
  using Jobs = std::vector<std::pair<std::string, Json>>;

  // So many jobs that run until `gate` is there.
  Jobs running_jobs(int count, const std::string& gate) {
    Jobs jobs;
    for (int i = 0; i < count; ++i) {
      const std::string token = new_token();
      jobs.emplace_back(token, start(token, "until test -e " + gate + "; do sleep 0.2; done"));
    }
    return jobs;
  }
  void end(Jobs& jobs, const std::string& gate) {
    EXPECT_TRUE(write_file_atomically(gate, "").has_value());
    for (auto& [token, state] : jobs) update_until_ended(token, state);
  }
  static int commands() {
    const std::string text = read_file(settings().commands_log).value_or("");
    return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  }
  int commands_of(const char* method, const Jobs& jobs) {
    const int before = commands();
    const Json result = backend_.result_of(method, jobs_params(jobs));
    EXPECT_EQ(result.value("jobs", Json::array()).size(), jobs.size()) << result;
    return commands() - before;
  }
  // The least of some: what else goes on in a backend (a file that is late, a look into the
  // history) may need a command more now and then.
  int least_commands_of_update(const Jobs& jobs) {
    int least = commands_of("update", jobs);
    for (int i = 0; i < 4; ++i) least = std::min(least, commands_of("update", jobs));
    return least;
  }
};

TEST_F(Batches, EachOfManyHasOneEntry) {
  const std::string token = new_token();
  Json state = start(token, "exit 0");
  update_until_ended(token, state);
  Jobs jobs;
  for (int i = 0; i < 1000; ++i) jobs.emplace_back(new_token(), state);
  jobs.emplace_back(token, state);
  const Json result = backend_.result_of("update", jobs_params(jobs));
  std::map<std::string, int> entries;
  for (const Json& entry : result.value("jobs", Json::array())) ++entries[word(entry, "id")];
  EXPECT_EQ(entries.size(), jobs.size());
  for (const auto& [id, state_of_it] : jobs) ASSERT_EQ(entries[id], 1) << id;
}

TEST_F(Batches, AnUpdateOfManyIsNoMoreCommandsThanOneOfTwo) {
  if (settings().commands_log.empty()) GTEST_SKIP() << "no --count-commands FILE";
  const std::string gate = path_join(settings().directory, new_token());
  Jobs jobs = running_jobs(12, gate);
  const Jobs two(jobs.begin(), jobs.begin() + 2);
  const int of_two = least_commands_of_update(two), of_all = least_commands_of_update(jobs);
  EXPECT_LE(of_all, of_two) << "an update of 12 jobs is " << of_all << " commands";
  EXPECT_LE(of_all, 2);
  end(jobs, gate);
}

// Not every scheduler has a command that ends many.
TEST_F(Batches, AKillOfManyIsNoMoreThanACommandForEach) {
  if (settings().commands_log.empty()) GTEST_SKIP() << "no --count-commands FILE";
  const std::string gate = path_join(settings().directory, new_token());
  Jobs jobs = running_jobs(6, gate);
  for (auto& [token, state] : jobs)
    wait_until([&, &token = token, &state = state] {
      return word(update(token, state), "observation") == "running";
    });
  const int commands = commands_of("kill", jobs);
  EXPECT_LE(commands, 6) << "a kill of 6 jobs is " << commands << " commands";
  end(jobs, gate);
}

}  // namespace
}  // namespace ketrew::contract
