// What is made of each recording: held against transcripts.golden, a line a recording. And what is
// made of damaged copies: no end that the whole did not tell, and no absence.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "backends/yarn/job_mode.hpp"
#include "backends/yarn/scheduler.hpp"
#include "core/base/text.hpp"
#include "tests/transcripts/recordings.hpp"

namespace ketrew::yarn {
namespace {

using namespace sdk::batch;
using test::Recording;

enum class Form { none, submission, queue, find, history, kill };

Form form_of(const Recording& recording) {
  const std::string& command = recording.command;
  const auto has = [&](const char* words) { return command.find(words) != std::string::npos; };
  if (has("hadoop jar")) return Form::submission;
  if (has("KILLED\"}'") || has("-kill")) return Form::kill;
  if (has("ketrew_rest apps/") || has("-status") || has("-appStates FINISHED")) return Form::history;
  if (has("states=") || has("-appStates NEW")) return Form::queue;
  if (has("ketrew_rest 'apps?de") || has("-appStates ALL")) return Form::find;
  return Form::none;
}

bool is_rest(const Recording& recording) {
  return recording.command.find("ketrew_rest") != std::string::npos;
}

Yarn yarn_of(bool rest) {
  Yarn yarn;
  SiteOptions site;
  if (rest) site.own = Json{{"resource_manager", "http://rm:8088"}};
  EXPECT_TRUE(yarn.initialize(site));
  return yarn;
}

// The applications of the recordings; 9999 is none. YARN's word alone decides about them.
const std::string stamp = "application_1795614155575_";
std::vector<AskedJob> all_jobs() {
  std::vector<AskedJob> jobs;
  for (const char* number : {"0001", "0002", "0003", "0004", "0005", "0006", "0007", "9999"}) {
    AskedJob job;
    job.token = "01kb5w1k2z8nqz2j4w6q0r7t" + std::string(number) + "-1";
    job.state.id = stamp + number;
    job.state.own = to_own(Mode::application);
    jobs.push_back(std::move(job));
  }
  return jobs;
}
// Those that the command names.
std::vector<AskedJob> named_jobs(const Recording& recording) {
  std::vector<AskedJob> jobs;
  for (AskedJob& job : all_jobs())
    if (recording.command.find(job.state.id) != std::string::npos) jobs.push_back(std::move(job));
  return jobs.empty() ? all_jobs() : jobs;
}

std::vector<sdk::FindRequest> requests() {
  std::vector<sdk::FindRequest> list;
  for (const char* letter : {"a", "b", "c", "d", "z"})
    list.push_back({"01kb5w1k2z8nqz2j4w6q0r7t3" + std::string(letter) + "-1", {}, Json::object()});
  return list;
}

Answer read(const Yarn& yarn, const Recording& recording, ShellOutput output) {
  const auto jobs = named_jobs(recording);
  switch (form_of(recording)) {
    case Form::queue: return yarn.read_queue(output, jobs);
    case Form::history:
      if (recording.command.find("-status") != std::string::npos)
        output.out = "ketrew-status " + jobs.front().state.id + "\n" + output.out;
      return yarn.read_history(output, recording.command.find("-appStates") == std::string::npos
                                           ? jobs
                                           : std::vector<AskedJob>(20, jobs.front()));
    case Form::find: {
      std::string clients;
      for (const auto& request : requests()) clients += "ketrew-client " + request.token + " - none\n";
      output.out = clients + output.out;
      return yarn.read_find(output, requests());
    }
    case Form::none:
    case Form::submission:
    case Form::kill: break;
  }
  return {};
}

std::string shown(const Answer& answer) {
  std::string text = answer.healthy ? "healthy" : "not healthy (" + answer.problem + ")";
  for (const Row& row : answer.rows) {
    Json json = to_json(row.observation);
    json.erase("evidence");
    text += "; " + row.id + " " + row.token + " " + json.dump();
    if (row.never_ran) text += " never-ran";
    if (row.is_proof) text += " proof";
  }
  return text;
}

std::string shown(const SubmitAnswer& answer) {
  if (const auto* yes = std::get_if<Submitted>(&answer)) return "submitted " + yes->id;
  if (const auto* no = std::get_if<sdk::Refused>(&answer))
    return std::string("refused for ") + (no->for_ever ? "ever: " : "now: ") + no->why;
  return "in doubt";
}

// As the launch shows what the client said.
ShellOutput launched(const Recording& recording) {
  const std::string token = "01kb5w1k2z8nqz2j4w6q0r7t3a-1";
  const std::string said = recording.output.err + recording.output.out;
  const std::string words = "Submitted application ";
  const auto at = said.find(words);
  std::string line = "ketrew-client " + token + " distributed-shell ";
  if (at != std::string::npos)
    line += "named " + said.substr(at + words.size(), said.find('\n', at) - at - words.size());
  else
    line += "ended exit code=" + std::to_string(recording.output.exit_code) + " end";
  return {0, line + "\n" + said, ""};
}

std::string outcome(const observed::Ended& ended) {
  return (ended.exit_code ? "code " + std::to_string(*ended.exit_code) : "") +
         (ended.failure ? " fails" : "");
}

TEST(YarnTranscripts, AreReadAsBefore) {
  std::vector<std::string> lines;
  for (const Recording& recording : test::recordings("yarn")) {
    const Yarn yarn = yarn_of(is_rest(recording));
    std::string result;
    switch (form_of(recording)) {
      case Form::none: continue;
      case Form::submission: result = shown(yarn.read_submission(launched(recording))); break;
      case Form::kill: {
        const auto jobs = named_jobs(recording);
        const auto answers = yarn.read_kill(recording.output, jobs);
        for (std::size_t i = 0; i < jobs.size(); ++i)
          result += (i ? "; " : "") + jobs[i].state.id + " " +
                    std::string(protocol::to_string(answers[i].word)) +
                    (answers[i].why.empty() ? "" : " (" + answers[i].why + ")");
        break;
      }
      case Form::queue:
      case Form::find:
      case Form::history: result = shown(read(yarn, recording, recording.output)); break;
    }
    lines.push_back(recording.file + " | " + recording.command + " | " + result);
  }
  EXPECT_GT(lines.size(), 25U);
  EXPECT_EQ(test::golden_difference(KETREW_YARN_GOLDEN, lines), "");
}

TEST(YarnTranscripts, DamagedCopiesNeverSayMore) {
  std::size_t looked = 0;
  for (const Recording& recording : test::recordings("yarn")) {
    const Form form = form_of(recording);
    if (form != Form::queue && form != Form::history && form != Form::find) continue;
    const Yarn yarn = yarn_of(is_rest(recording));
    const Answer whole = read(yarn, recording, recording.output);
    std::map<std::string, std::string> ends;
    std::set<std::string> there;
    for (const Row& row : whole.rows) {
      there.insert(row.id);
      if (const auto* ended = std::get_if<observed::Ended>(&row.observation))
        ends[row.id] = outcome(*ended);
    }
    test::for_each_damaged(recording.output.out, [&](const std::string& damaged) {
      ShellOutput output = recording.output;
      output.out = damaged;
      const Answer answer = read(yarn, recording, output);
      ++looked;
      std::set<std::string> still;
      for (const Row& row : answer.rows) {
        still.insert(row.id);
        const auto* ended = std::get_if<observed::Ended>(&row.observation);
        if (!ended) continue;
        ASSERT_TRUE(ends.contains(row.id)) << recording.command << "\n" << damaged;
        // What the program's own exit code was stands in prose; whether it failed does not.
        const bool well = ended->exit_code == 0 && !ended->failure;
        ASSERT_EQ(well, ends[row.id] == "code 0") << recording.command << "\n" << damaged;
      }
      // A name can be damaged beyond recognition, but not an id.
      if (!answer.healthy || form == Form::find) return;
      for (const auto& id : there)
        ASSERT_TRUE(still.contains(id)) << recording.command << "\n" << id << "\n" << damaged;
    });
  }
  EXPECT_GT(looked, 10'000U);
}

}  // namespace
}  // namespace ketrew::yarn
