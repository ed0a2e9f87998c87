// The shell texts themselves, run by a real shell with scripted qstat, qdel and the like.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "backends/pbs/pbs.hpp"
#include "backends/pbs/submit.hpp"
#include "backends/sdk/batch/patience.hpp"
#include "core/host/host.hpp"
#include "core/host/monitored_script.hpp"
#include "tests/unit/pbs/transcript.hpp"

namespace ketrew::pbs::test {
namespace {

namespace fs = std::filesystem;

class Shell : public testing::Test {
 protected:
  Shell() {
    std::string path = (fs::temp_directory_path() / "ketrew-pbs-XXXXXX").string();
    folder_ = ::mkdtemp(path.data());
    fs::create_directories(folder_ + "/bin");
    HostUri uri;
    uri.playground = folder_;
    host_ = std::make_unique<host::Host>(uri, folder_ + "/control");
  }
  ~Shell() override { fs::remove_all(folder_); }

  void command(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/bin/" + name) << "#!/bin/sh\n" << text;
    fs::permissions(folder_ + "/bin/" + name, fs::perms::owner_all);
  }
  host::ShellOutput run(const std::string& text, Milliseconds time = std::chrono::seconds(60)) {
    const auto output = host_->run("PATH=" + folder_ + "/bin:$PATH\n" +
                                   sdk::batch::limit_lines(time) + text);
    EXPECT_TRUE(output) << (output ? "" : output.error().text());
    return output.value_or(host::ShellOutput{});
  }
  Pbs pbs(const Json& own = Json::object()) {
    Pbs result;
    EXPECT_TRUE(result.initialize({own}));
    return result;
  }

  std::string folder_;
  std::unique_ptr<host::Host> host_;
};

constexpr const char* openpbs_version = "case $1 in --version) echo 'pbs_version = 23.06.06'; exit;; esac\n";

TEST_F(Shell, EachKindIsAskedInItsWords) {
  const auto jobs = asked_all({"1.vm", "2.vm"});
  const std::string says = "echo \"$*\" >>" + folder_ + "/asked\n";
  const auto words_for = [&](const std::string& version) {
    command("qstat", version + says);
    fs::remove(folder_ + "/asked");
    run(pbs().queue_command(jobs));
    std::ifstream file(folder_ + "/asked");
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_EQ(words_for(openpbs_version), "-f -w 1.vm 2.vm\n");
  EXPECT_EQ(words_for("case $1 in --version) echo 'Version: 6.1.2' >&2; exit;; esac\n"),
            "-f -1 1.vm 2.vm\n");
  EXPECT_EQ(words_for("case $1 in --version) echo 'Unknown option: version' >&2; exit 2;; esac\n"),
            "-f -1 1.vm 2.vm\n");
  EXPECT_EQ(words_for("case $1 in --version) echo 'Slurm!'; exit 1;; esac\n"), "");
}

TEST_F(Shell, AKindThatIsKnownIsNotAskedFor) {
  command("qstat", "echo \"$*\" >>" + folder_ + "/asked\n");
  auto jobs = asked_all({"1.vm"});
  jobs[0].state.own["dialect"] = "openpbs";
  run(pbs().queue_command(jobs));
  run(pbs(Json{{"dialect", "torque"}}).queue_command(jobs));
  std::ifstream file(folder_ + "/asked");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "-f -w 1.vm\n-f -1 1.vm\n");
}

TEST_F(Shell, RowsAndComplaintsAreKeptApart) {
  command("qstat", std::string(openpbs_version) +
                       "printf 'Job Id: 1.vm\\n    job_sta'; echo 'qstat: Unknown Job Id 2.vm' >&2\n"
                       "printf 'te = R\\n\\n'; exit 153\n");
  const auto jobs = asked_all({"1.vm", "2.vm"});
  const auto answer = pbs().read_queue(run(pbs().queue_command(jobs)), jobs);
  EXPECT_TRUE(answer.healthy) << answer.problem;
  ASSERT_EQ(answer.rows.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<observed::Running>(answer.rows[0].observation));
  EXPECT_EQ(answer.evidence.exit_code, 153);
}

TEST_F(Shell, AServerThatHangsIsNotWaitedFor) {
  command("qstat", std::string(openpbs_version) +
                       "printf 'Job Id: 1.vm\\n    job_state = R\\n\\n'\nexec sleep 1000\n");
  command("qdel", "exec sleep 1000\n");
  constexpr Milliseconds little = std::chrono::seconds(1);
  const auto jobs = asked_all({"1.vm", "2.vm"});
  const auto answer = pbs().read_queue(run(pbs().queue_command(jobs), little), jobs);
  EXPECT_FALSE(answer.healthy);
  EXPECT_EQ(answer.rows.size(), 1u);  // what was said counts
  const auto killed = pbs().read_kill(run(pbs().kill_command(jobs), little), jobs);
  for (const auto& each : killed) EXPECT_EQ(each.word, sdk::KillWord::cannot_tell);
}

TEST_F(Shell, AnOldQstatWithoutWideLines) {
  command("qstat", std::string(openpbs_version) +
                       "[ \"$2\" != -w ] || { echo 'usage: qstat ...' >&2; exit 2; }\n"
                       "printf 'Job Id: 1.vm\\n    job_state = R\\n\\n'\n");
  const auto jobs = asked_all({"1.vm"});
  EXPECT_TRUE(pbs().read_queue(run(pbs().queue_command(jobs)), jobs).healthy);
}

TEST_F(Shell, WithTheHistoryOffItHasNothingMoreToSay) {
  command("qstat", std::string(openpbs_version) +
                       "echo 'qstat: PBS is not configured to maintain job history 1.vm' >&2\n");
  const auto jobs = asked_all({"1.vm"});
  const auto answer = pbs().read_history(run(*pbs().history_command(jobs)), jobs);
  EXPECT_TRUE(answer.healthy);
  EXPECT_TRUE(answer.rows.empty());
}

TEST_F(Shell, MissingCommandsAreNoAbsence) {
  const auto jobs = asked_all({"1.vm"});
  const auto answer = pbs().read_queue(run("PATH=/nowhere\n" + pbs().queue_command(jobs)), jobs);
  EXPECT_FALSE(answer.healthy);
  const auto checks = pbs().read_check(run(pbs().check_command()));
  ASSERT_FALSE(checks.empty());
  if (std::system("command -v qstat >/dev/null 2>&1") != 0) {
    EXPECT_EQ(checks[0].level, sdk::CheckLevel::error) << checks[0].message;
  }
}

TEST_F(Shell, FindStopsAtTheFirstThatCannotBeAsked) {
  command("qstat", openpbs_version);
  command("qselect", "echo \"$*\" >>" + folder_ + "/asked\necho 'qselect: no' >&2\nexit 162\n");
  std::vector<sdk::FindRequest> requests(2);
  for (int i = 0; i < 2; ++i)
    requests[static_cast<std::size_t>(i)].token =
        "01kb5w1k2z8nqz2j4w6q0r7t3v-" + std::to_string(i + 1);
  const auto answer = pbs().read_find(run(pbs().find_command(requests)), requests);
  EXPECT_FALSE(answer.healthy);
  std::ifstream file(folder_ + "/asked");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}),
            "-x -N ketrew-01kb5w1k2z8nqz2j4w6q0r7t3v-1\n");
}

// A thousand tokens after a crash are no thousand commands.
TEST_F(Shell, ManyAreFoundAmongTheUsersJobs) {
  const std::string token = "01kb5w1k2z8nqz2j4w6q0r7t3v-";
  std::vector<sdk::FindRequest> requests(5);
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].token = token + std::to_string(i + 1);
  const auto has = "Job Id: 7.vm\n    Job_Name = a-" + token + "3\n    job_state = Q\n\n" +
                   "Job Id: 9.vm\n    Job_Name = other\n    job_state = F\n\n";
  const std::string says = "echo \"$0 $*\" | sed 's,^.*/,,' >>" + folder_ + "/asked\n";
  command("qstat", openpbs_version + says + "printf '" + has + "'\n");
  command("qselect", says + "printf '7.vm\\n8[].vm\\n9.vm\\n'\n");
  const auto asked = [&] {
    std::ifstream file(folder_ + "/asked");
    std::string text(std::istreambuf_iterator<char>(file), {});
    fs::remove(folder_ + "/asked");
    return text;
  };
  const std::string user = trim(run("id -un").out).data();
  auto answer = pbs().read_find(run(pbs().find_command(requests)), requests);
  EXPECT_TRUE(answer.healthy) << answer.problem;
  ASSERT_EQ(answer.rows.size(), 1u);
  EXPECT_EQ(answer.rows[0].id, "7.vm");
  EXPECT_EQ(answer.rows[0].token, requests[2].token);
  EXPECT_EQ(asked(), "qselect -x -u " + user.substr(0, user.find('\n')) + "\nqstat -x -f -w 7.vm 9.vm\n");

  // One without a block may have any name.
  command("qselect", says + "printf '7.vm\\n8.vm\\n'\n");
  EXPECT_FALSE(pbs().read_find(run(pbs().find_command(requests)), requests).healthy);
  command("qselect", "echo 'qselect: cannot connect to server' >&2; exit 162\n");
  EXPECT_FALSE(pbs().read_find(run(pbs().find_command(requests)), requests).healthy);
  asked();
  command("qselect", says + "[ $1 != -x ] || echo 'qselect: PBS is not configured to maintain job history' >&2\n");
  answer = pbs().read_find(run(pbs().find_command(requests)), requests);
  EXPECT_TRUE(answer.healthy) << answer.problem;
  EXPECT_TRUE(answer.rows.empty());
}

TEST_F(Shell, CheckSaysWhatThereIs) {
  for (const char* name : {"qsub", "qdel", "qselect"}) command(name, "");
  command("qstat", std::string(openpbs_version) +
                       "printf 'Server: vm\\n    server_state = Active\\n    job_history_enable = "
                       "True\\n    job_history_duration = 336:00:00\\n'\n");
  std::string said;
  for (const auto& entry : pbs().read_check(run(pbs().check_command())))
    said += entry.name + " " + std::string(protocol::to_string(entry.level)) + ": " +
            entry.message + "\n";
  EXPECT_EQ(said,
            "commands ok: OpenPBS or PBS Pro: pbs_version = 23.06.06\n"
            "server ok: answers, Active\nhistory ok: kept for 336:00:00\n");
  command("qstat", std::string(openpbs_version) + "echo 'Connection refused' >&2; exit 255\n");
  EXPECT_EQ(pbs().read_check(run(pbs().check_command())).back().level, sdk::CheckLevel::error);
}

// The claim by a job's id: its next run goes on, another submission's does not.
TEST_F(Shell, OnlyTheJobThatHasClaimedRunsAgain) {
  host::Playground playground{folder_ + "/pg"};
  fs::create_directories(playground.path);
  sdk::StartRequest request;
  request.token = "01kb5w1k2z8nqz2j4w6q0r7t3v-1";
  const auto submission = pbs::submission(request, playground, Dialect::openpbs);
  ASSERT_TRUE(submission);

  host::MonitoredScript script;
  script.token = request.token;
  script.job_id = "01kb5w1k2z8nqz2j4w6q0r7t3v";
  script.playground = playground.path;
  script.program.commands.push_back({"", {"touch", folder_ + "/ran"}});
  script.directives = submission->directives;
  script.restart_count = submission->restart_count;
  script.claimed_by = submission->own_id;
  std::ofstream(playground.script()) << host::render(script);

  const auto run_as = [&](const std::string& id) {
    fs::remove(folder_ + "/ran");
    const auto output = run("PBS_JOBID=" + id + " sh " + playground.script());
    return std::to_string(output.exit_code) + (fs::exists(folder_ + "/ran") ? " ran" : "");
  };
  EXPECT_EQ(run_as("7.vm"), "0 ran");
  EXPECT_EQ(run_as("8.vm"), "75");
  EXPECT_EQ(run_as("7.vm"), "0 ran");
  EXPECT_EQ(run_as("8.vm"), "75");
  EXPECT_EQ(run_as("8.vm"), "75");
  EXPECT_EQ(run_as("7.vm"), "0 ran");
  EXPECT_TRUE(fs::exists(playground.claim() + ".2"));
  EXPECT_EQ(run_as(""), "75");  // a job that is told no id is not known to be the same
}

}  // namespace
}  // namespace ketrew::pbs::test
