#include "tests/integration/daemonize/fixture.hpp"

#include <filesystem>

#include <stdlib.h>
#include <unistd.h>

#include "backends/daemonize/supervisor/processes.hpp"
#include "core/base/file.hpp"

extern char** environ;

namespace ketrew::daemonize {

std::string token(int number, int attempt) {
  char id[32];
  std::snprintf(id, sizeof id, "01h%023d", number);
  return std::string(id) + "-" + std::to_string(attempt);
}

Command exec(std::vector<std::string> argv) { return {"", std::move(argv)}; }
Command sh(std::string text) { return {std::move(text), {}}; }

void DaemonizeTest::SetUp() {
  home = (std::filesystem::temp_directory_path() / "ketrew-daemonize-XXXXXX").string();
  ASSERT_NE(::mkdtemp(home.data()), nullptr);
  root = home + "/playgrounds";
  host.playground = root;
  client = make_client();
  supervised = std::make_unique<Supervised>(
      std::shared_ptr<SupervisorClient>(client.get(), [](SupervisorClient*) {}));
}

void DaemonizeTest::TearDown() {
  if (client) client->tell_to_leave();
  client.reset();
  std::error_code error;
  std::filesystem::remove_all(home, error);
}

std::unique_ptr<SupervisorClient> DaemonizeTest::make_client() {
  ClientSettings settings;
  settings.directory = home + "/supervisor";
  settings.program = KETREW_SUPERVISOR;
  settings.idle_ms = 5000;
  for (char** variable = environ; *variable; ++variable) settings.environment.push_back(*variable);
  return std::make_unique<SupervisorClient>(settings, [this](const auto& tokens) {
    const std::lock_guard lock(mutex_);
    announced_.insert(tokens.begin(), tokens.end());
  });
}

bool DaemonizeTest::was_announced(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return announced_.contains(name);
}

sdk::StartRequest DaemonizeTest::request(const std::string& name, std::vector<Command> commands,
                                         Json options) {
  sdk::StartRequest result;
  result.token = name;
  result.program.commands = std::move(commands);
  result.options = std::move(options);
  result.host = host;
  result.job.id = name.substr(0, 26);
  return result;
}

std::vector<Base::StartResult> DaemonizeTest::start(Way& way,
                                                    const std::vector<sdk::StartRequest>& all) {
  std::vector<StartOrder> orders;
  for (const auto& one : all) {
    const auto options = job_options(one.options, one.host);
    EXPECT_TRUE(options) << options.error().text();
    orders.push_back({&one, *options});
  }
  return way.start(all.front().host, orders);
}

Observation DaemonizeTest::look(Way& way, const HostUri& where, const std::string& name,
                                JobState& state) {
  Base::Job job;
  job.token = name;
  job.state = state;
  Base::Job* jobs[] = {&job};
  way.update(where, jobs);
  state = job.state;
  return job.observation;
}

Observation DaemonizeTest::wait_for_end(Way& way, const HostUri& where, const std::string& name,
                                        JobState& state) {
  Observation last;
  wait_until([&] {
    last = look(way, where, name, state);
    return std::holds_alternative<observed::Ended>(last) ||
           std::holds_alternative<observed::Gone>(last);
  });
  return last;
}

sdk::KillWord DaemonizeTest::kill(Way& way, const HostUri& where, const std::string& name,
                                  const JobState& state) {
  Base::KillJob job;
  job.token = name;
  job.state = state;
  Base::KillJob* jobs[] = {&job};
  way.kill(where, jobs);
  return job.answer;
}

std::string DaemonizeTest::content(const std::string& path) const {
  const auto text = read_file(path);
  return text ? *text : "(" + text.error().what + ")";
}

std::vector<std::string> DaemonizeTest::lines(const std::string& path) const {
  const auto text = read_file(path);
  auto result = split(text ? *text : "", '\n');
  if (!result.empty() && result.back().empty()) result.pop_back();
  return result;
}

int DaemonizeTest::processes_with(const std::string& name) {
  const JobProcesses job{name, 0, 0};
  const auto members = members_of({&job, 1});
  return members ? static_cast<int>(members->size()) : -1;
}

}  // namespace ketrew::daemonize
