// A home in a temporary folder with a supervisor of its own, which leaves when the test is over.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backends/daemonize/supervised.hpp"
#include "backends/daemonize/supervisor/client.hpp"
#include "tests/support/wait_until.hpp"

namespace ketrew::daemonize {

std::string token(int number, int attempt = 1);
Command exec(std::vector<std::string> argv);
Command sh(std::string text);

class DaemonizeTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  std::unique_ptr<SupervisorClient> make_client();
  sdk::StartRequest request(const std::string& token, std::vector<Command> commands,
                            Json options = Json::object());
  // Starts with `way`; the states of those that were started.
  static std::vector<Base::StartResult> start(Way& way, const std::vector<sdk::StartRequest>& all);
  static Observation look(Way& way, const HostUri& host, const std::string& token, JobState& state);
  // Asks until it ended or is gone.
  static Observation wait_for_end(Way& way, const HostUri& host, const std::string& token,
                                  JobState& state);
  static sdk::KillWord kill(Way& way, const HostUri& host, const std::string& token,
                            const JobState& state);
  std::string playground(const std::string& token) const { return root + "/" + token; }
  std::string content(const std::string& path) const;
  std::vector<std::string> lines(const std::string& path) const;
  bool was_announced(const std::string& token);
  // Processes that have `token` in their environment.
  static int processes_with(const std::string& token);

  std::string home, root;
  HostUri host;
  std::unique_ptr<SupervisorClient> client;
  std::unique_ptr<Supervised> supervised;

 private:
  std::mutex mutex_;
  std::set<std::string> announced_;
};

}  // namespace ketrew::daemonize
