// How fast the supervisor alone starts and ends N x `true`, beside a bare posix_spawn + waitpid
// loop over the same N, in one run.
//
//   bench_supervisor SUPERVISOR_PROGRAM [N] [ROUNDS] [DIRECTORY]
#include <atomic>
#include <cstdio>
#include <thread>

#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/daemonize/supervisor/client.hpp"
#include "core/base/text.hpp"

extern char** environ;

namespace {

using namespace ketrew;
using namespace ketrew::daemonize;
using Clock = std::chrono::steady_clock;

// Microseconds of CPU so far: our own and our children's, or the supervisor's and its children's.
double cpu_here() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime})
      sum += static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  }
  return sum;
}

double cpu_of(int pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!text) return 0;
  const auto words = split(text->substr(text->rfind(')') + 2), ' ');
  double ticks = 0;  // utime, stime, cutime, cstime
  for (std::size_t i = 11; i < 15 && i < words.size(); ++i) ticks += std::atof(words[i].c_str());
  return ticks * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double bare(int count) {
  const auto begin = Clock::now();
  for (int i = 0; i < count; ++i) {
    char word[] = "/bin/true";
    char* argv[] = {word, nullptr};
    pid_t pid = 0;
    if (::posix_spawn(&pid, "/bin/true", nullptr, nullptr, argv, environ) != 0) return 0;
    ::waitpid(pid, nullptr, 0);
  }
  return count / std::chrono::duration<double>(Clock::now() - begin).count();
}

double supervised(SupervisorClient& client, const std::string& root, int count, int round,
                  std::atomic<int>& over) {
  over = 0;
  std::vector<wire::Start> starts(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    auto& start = starts[static_cast<std::size_t>(i)];
    start.token = "bench" + std::to_string(round) + "-" + std::to_string(i);
    start.root = root;
    start.job_id = "bench";
    start.argv = {"true"};
    start.script = "#!/bin/sh\ntrue\n";
    start.grace_ms = 1000;
  }
  const auto begin = Clock::now();
  const auto answers = client.start(starts);
  for (const auto& answer : answers)
    if (!answer || answer->answer != wire::StartAnswer::started) {
      std::fprintf(stderr, "start failed: %s\n",
                   answer ? answer->why.c_str() : answer.error().what.c_str());
      return 0;
    }
  while (over.load() < count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return count / std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    return std::fprintf(stderr, "usage: bench_supervisor PROGRAM [N] [ROUNDS] [DIR]\n"), 2;
  const int count = argc > 2 ? std::atoi(argv[2]) : 4000;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 3;
  std::string home = std::string(argc > 4 ? argv[4] : "/tmp") + "/ketrew-bench-XXXXXX";
  if (!::mkdtemp(home.data())) return std::perror("mkdtemp"), 1;
  std::atomic<int> over{0};
  ClientSettings settings;
  settings.directory = home + "/supervisor";
  settings.program = argv[1];
  for (char** variable = environ; *variable; ++variable) settings.environment.push_back(*variable);
  SupervisorClient client(settings, [&](const std::vector<std::string>& tokens) {
    for (const auto& token : tokens)
      if (client.take_end(token)) ++over;
  });
  const auto pids = client.pids();
  if (!pids) return std::fprintf(stderr, "%s\n", pids.error().text().c_str()), 1;
  std::printf("%8s %12s %12s %8s %14s %14s   (jobs/s, goal 0.8; us of CPU a job)\n", "jobs", "bare",
              "supervisor", "ratio", "CPU bare", "CPU superv.");
  for (int round = 0; round < rounds; ++round) {
    const double before = cpu_here();
    const double one = bare(count);
    const double between = cpu_here(), supervisor_before = cpu_of(pids->supervisor);
    const double other = supervised(client, home + "/playgrounds", count, round, over);
    std::printf("%8d %12.0f %12.0f %8.2f %14.0f %14.0f\n", count, one, other, other / one,
                (between - before) / count, (cpu_of(pids->supervisor) - supervisor_before) / count);
    std::fflush(stdout);
  }
  client.tell_to_leave();
  return std::system(("rm -rf " + home).c_str()) == 0 ? 0 : 1;
}
