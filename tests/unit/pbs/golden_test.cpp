// What is made of every recording, held against a text that is checked in: what changes there is
// what a change of the code means. KETREW_WRITE_EXPECTED=1 writes it anew, to be read before it is
// committed.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "backends/pbs/poll.hpp"
#include "backends/pbs/remove.hpp"
#include "backends/pbs/submit.hpp"
#include "core/base/text.hpp"
#include "tests/unit/pbs/transcript.hpp"

namespace ketrew::pbs::test {
namespace {

std::string told(const sdk::batch::SubmitAnswer& answer) {
  if (const auto* yes = std::get_if<sdk::batch::Submitted>(&answer)) return "submitted " + yes->id;
  if (const auto* no = std::get_if<sdk::Refused>(&answer))
    return std::string("refused ") + (no->for_ever ? "for ever" : "for now") + ": " + no->why;
  return "in doubt: " + std::get<sdk::InDoubt>(answer).why;
}

// Where grep picked lines out of the blocks, the empty lines that end them are put back.
Recording restored(Recording recording) {
  std::string out;
  for (const auto& line : split(recording.out, '\n')) {
    if (line.empty()) continue;
    if (line.starts_with("Job Id:") && !out.empty()) out += "\n";
    out += line + "\n";
  }
  recording.out = out.empty() ? out : out + "\n";
  recording.code = 0;
  return recording;
}

std::string described(Recording recording, Dialect dialect) {
  const std::string name = program(recording);
  std::string text;
  if (recording.command.find("| grep -E '^Job Id|job_state") != std::string::npos)
    recording = restored(std::move(recording));
  else if (is_piped(recording))
    return text;
  if (name == "qstat" && !ids_in(recording).empty()) {
    const auto jobs = asked_all(ids_in(recording));
    const bool history = recording.command.find(" -x ") != std::string::npos;
    const auto answer =
        read_poll(framed(recording, dialect, history ? "history" : "queue"), jobs);
    text += answer.healthy ? "  healthy\n" : "  not healthy: " + answer.problem + "\n";
    for (const auto& row : answer.rows) {
      text += "  " + row.id + " " + test::words(row.observation);
      if (row.never_ran) text += " never ran";
      if (!row.shown.empty()) text += " shown " + row.shown.dump();
      text += "\n";
    }
  } else if (name == "qdel" && !ids_in(recording).empty()) {
    const auto jobs = asked_all(ids_in(recording));
    const auto answers = read_kill(framed(recording, dialect, "kill"), jobs);
    for (std::size_t i = 0; i < jobs.size(); ++i)
      text += "  " + jobs[i].state.id + " " +
              std::string(protocol::to_string(answers[i].word)) +
              (answers[i].why.empty() ? "" : ": " + answers[i].why) + "\n";
  } else if (name == "qsub") {
    text += "  " + told(read_submission(submitted(recording, dialect))) + "\n";
  }
  return text.empty() ? text : "$ " + recording.command + "\n" + text;
}

std::string described(const std::string& folder, Dialect dialect) {
  std::string text, file;
  for (const auto& recording : recordings(folder)) {
    const std::string part = described(recording, dialect);
    if (part.empty()) continue;
    if (recording.file != file) text += "\n# " + recording.file + "\n";
    file = recording.file;
    text += part;
  }
  return text;
}

void compare(const std::string& folder, Dialect dialect) {
  const std::string path = std::string(KETREW_TEST_FOLDER) + "/" + folder + ".expected";
  const std::string text = described(folder, dialect);
  EXPECT_GT(text.size(), 1000u);
  if (std::getenv("KETREW_WRITE_EXPECTED")) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  std::ostringstream expected;
  expected << file.rdbuf();
  const auto now = split(text, '\n'), before = split(expected.str(), '\n');
  for (std::size_t i = 0; i < std::max(now.size(), before.size()); ++i)
    ASSERT_EQ(i < before.size() ? before[i] : "(nothing)", i < now.size() ? now[i] : "(nothing)")
        << "line " << i + 1 << " of " << path;
}

TEST(Golden, OpenPbs) { compare("pbs", Dialect::openpbs); }
TEST(Golden, SlurmsWrappers) { compare("torque", Dialect::slurm); }

}  // namespace
}  // namespace ketrew::pbs::test
