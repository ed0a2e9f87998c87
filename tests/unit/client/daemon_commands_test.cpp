// The command line of ketrewd, and those of its commands that are requests.
#include <gtest/gtest.h>

#include "app/ketrewd/command_line.hpp"
#include "app/ketrewd/remote.hpp"
#include "tests/unit/client/fake_daemon.hpp"

namespace ketrew::daemon {
namespace {

using client::FakeDaemon;
using client::Got;
using client::json_reply;
using client::Reply;

CommandLine parse(const std::vector<std::string>& words) {
  auto line = parse_command_line(words);
  EXPECT_TRUE(line) << line.error().text();
  return line ? *line : CommandLine{};
}

TEST(DaemonCommandLine, EveryCommand) {
  const CommandLine start =
      parse({"start", "--profile", "p", "--config", "f.yaml", "--foreground"});
  EXPECT_EQ(start.profile, "p");
  EXPECT_EQ(start.config, "f.yaml");
  EXPECT_TRUE(std::get<Start>(start.command).foreground);
  EXPECT_FALSE(std::get<Start>(parse({"start"}).command).foreground);
  EXPECT_TRUE(std::holds_alternative<Stop>(parse({"stop"}).command));
  EXPECT_TRUE(std::holds_alternative<ShowStatus>(parse({"status"}).command));
  EXPECT_TRUE(parse({"status", "--json"}).json);
  EXPECT_TRUE(std::holds_alternative<Reload>(parse({"reload"}).command));
  EXPECT_TRUE(std::holds_alternative<Check>(parse({"check", "--profile", "p"}).command));
  EXPECT_EQ(std::get<ShowBackends>(parse({"backends"}).command).name, "");
  EXPECT_EQ(std::get<ShowBackends>(parse({"backends", "slurm"}).command).name, "slurm");
  EXPECT_EQ(std::get<Backup>(parse({"backup", "x.db"}).command).file, "x.db");
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"--help"}, {"start", "--help"}, {"--version"}})
    EXPECT_FALSE(std::get<PrintText>(parse(words).command).text.empty());
}

TEST(DaemonCommandLine, WrongUsage) {
  EXPECT_EQ(parse_command_line({}).error().text(), "no command; see: ketrewd --help");
  EXPECT_EQ(parse_command_line({"strat"}).error().text(),
            "no command \"strat\"; did you mean \"start\"?");
  for (const auto& words : std::vector<std::vector<std::string>>{{"backup"},
                                                                 {"start", "now"},
                                                                 {"stop", "--force"},
                                                                 {"start", "--profile"},
                                                                 {"start", "stop"}})
    EXPECT_FALSE(parse_command_line(words)) << words[0];
}

struct Output {
  int exit = -1;
  std::string out, err;
};
Output run(const std::string& socket, const std::vector<std::string>& words) {
  Output output;
  char *out = nullptr, *err = nullptr;
  std::size_t out_size = 0, err_size = 0;
  FILE* out_file = ::open_memstream(&out, &out_size);
  FILE* err_file = ::open_memstream(&err, &err_size);
  output.exit = run_remote(parse(words), socket, out_file, err_file, false, client::impatient());
  std::fclose(out_file);
  std::fclose(err_file);
  output.out.assign(out, out_size);
  output.err.assign(err, err_size);
  std::free(out);
  std::free(err);
  return output;
}

TEST(DaemonRemote, AsksTheDaemon) {
  std::atomic<bool> problems{false};
  FakeDaemon daemon([&](const Got& got) {
    if (got.target == "/v1/status")
      // No process has this pid: it has left already.
      return json_reply({{"totals", {{"running", 3}}},
                         {"daemon",
                          {{"pid", 2147483646},
                           {"version", "0.1"},
                           {"home", "/h"},
                           {"profile", "default"},
                           {"started_at", "2026-11-23T02:23:52.120Z"},
                           {"problems", {"disk full"}}}},
                         {"backends",
                          {{{"name", "daemonize"},
                            {"state", "ready"},
                            {"version", "0.1"},
                            {"pid", 12},
                            {"restarts", 0},
                            {"jobs", {{"running", 3}}}}}}});
    if (got.target == "/v1/backends/daemonize")
      return json_reply({{"name", "daemonize"},
                         {"state", "ready"},
                         {"options_schema",
                          {{"properties",
                            {{"using",
                              {{"type", "string"},
                               {"enum", {"a", "b"}},
                               {"default", "a"},
                               {"description", "how"}}}}}}}});
    if (got.target == "/v1/reload")
      return json_reply({{"replaced", {"mock"}},
                         {"unchanged", {"daemonize"}},
                         {"problems", problems ? Json({"x.yaml:1:1: no"}) : Json::array()}});
    if (got.target == "/v1/stop" || got.target == "/v1/backup") return json_reply(Json::object());
    return client::problem_reply(ErrorKind::not_found,
                                 "no backend \"" + got.target.substr(13) + "\"");
  });
  const Output status = run(daemon.socket(), {"status"});
  EXPECT_EQ(status.exit, 0) << status.err;
  for (const char* part :
       {"0.1, pid 2147483646, started ", "! disk full", "3 running", "daemonize  ready"})
    EXPECT_NE(status.out.find(part), std::string::npos) << part << "\n" << status.out;
  EXPECT_EQ(Json::parse(run(daemon.socket(), {"status", "--json"}).out)["daemon"]["home"], "/h");
  EXPECT_NE(run(daemon.socket(), {"backends", "daemonize"}).out.find("using   a|b   a        how"),
            std::string::npos)
      << run(daemon.socket(), {"backends", "daemonize"}).out;
  const Output unknown = run(daemon.socket(), {"backends", "nope"});
  EXPECT_EQ(unknown.exit, 1);
  EXPECT_EQ(unknown.err, "ketrewd: no backend \"nope\"\n");
  EXPECT_EQ(run(daemon.socket(), {"reload"}).out, "replaced: mock\nunchanged: daemonize\n");
  problems = true;
  EXPECT_EQ(run(daemon.socket(), {"reload"}).exit, 1);
  EXPECT_EQ(run(daemon.socket(), {"stop"}).out, "stopped (pid 2147483646); jobs go on\n");
  EXPECT_EQ(run(daemon.socket(), {"backup", "/tmp/x.db"}).out, "copied to /tmp/x.db\n");
  EXPECT_EQ(daemon.requests().back().body, Json({{"path", "/tmp/x.db"}}));
  EXPECT_EQ(run("/nonexistent/ketrewd.sock", {"stop"}).exit, 3);
}

}  // namespace
}  // namespace ketrew::daemon
