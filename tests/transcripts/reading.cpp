#include "tests/transcripts/reading.hpp"

#include <map>

namespace ketrew::test {
namespace {

using namespace sdk::batch;

std::string shown(const Observation& observation) {
  Json json = to_json(observation);
  if (json.contains("evidence")) {
    json["words"] = json["evidence"].value("words", "");
    json.erase("evidence");
  }
  return json.dump();
}

std::string shown(const Answer& answer) {
  std::string text = answer.healthy ? "healthy" : "not healthy (" + answer.problem + ")";
  for (const Row& row : answer.rows) {
    text += "; " + row.id + " " + shown(row.observation);
    if (row.never_ran) text += " never-ran";
    if (row.may_come_back) text += " may-come-back";
    if (row.restarts) text += " restarts " + std::to_string(*row.restarts);
  }
  return text;
}

std::string shown(const SubmitAnswer& answer) {
  if (const auto* yes = std::get_if<Submitted>(&answer)) return "submitted " + yes->id;
  if (const auto* no = std::get_if<sdk::Refused>(&answer))
    return std::string("refused for ") + (no->for_ever ? "ever: " : "now: ") + no->why;
  return "in doubt: " + std::get<sdk::InDoubt>(answer).why;
}

std::string shown(const std::vector<Scheduler::KillAnswer>& answers,
                  const std::vector<AskedJob>& jobs) {
  std::string text;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    text += (i ? "; " : "") + jobs[i].state.id + " " +
            std::string(protocol::to_string(answers[i].word)) +
            (answers[i].why.empty() ? "" : " (" + answers[i].why + ")");
  return text;
}

// Of each job that ended, what makes its outcome.
std::map<std::string, std::string> outcomes(const Answer& answer) {
  std::map<std::string, std::string> all;
  for (const Row& row : answer.rows)
    if (const auto* ended = std::get_if<observed::Ended>(&row.observation))
      all[row.id] = (ended->exit_code ? "code " + std::to_string(*ended->exit_code) : "") +
                    (ended->signal ? "signal " + std::to_string(*ended->signal) : "");
  return all;
}

}  // namespace

std::vector<std::string> lines_of(const Reading& reading,
                                  const std::vector<Recording>& recordings) {
  const Scheduler& scheduler = reading.scheduler;
  std::vector<std::string> lines;
  for (const Recording& recording : recordings) {
    const auto jobs = reading.asked(recording);
    std::string result;
    switch (reading.form_of(recording)) {
      case Form::none: continue;
      case Form::queue: result = shown(scheduler.read_queue(recording.output, jobs)); break;
      case Form::history: result = shown(scheduler.read_history(recording.output, jobs)); break;
      case Form::submission: result = shown(scheduler.read_submission(recording.output)); break;
      case Form::kill: result = shown(scheduler.read_kill(recording.output, jobs), jobs); break;
    }
    lines.push_back(recording.file + " | " + recording.command + " | " + result);
  }
  return lines;
}

Damaged look_at_damaged(const Reading& reading, const std::vector<Recording>& recordings,
                        const HealthyQueue& healthy_queue) {
  Damaged result;
  for (const Recording& recording : recordings) {
    const Form form = reading.form_of(recording);
    if (form != Form::queue && form != Form::history) continue;
    const auto jobs = reading.asked(recording);
    const auto read = [&](const ShellOutput& output) {
      return form == Form::queue ? reading.scheduler.read_queue(output, jobs)
                                 : reading.scheduler.read_history(output, jobs);
    };
    const Answer whole = read(recording.output);
    const auto ends = outcomes(whole);
    for_each_damaged(recording.output.out, [&](const std::string& text) {
      ++result.looked;
      if (!result.wrong.empty()) return;
      ShellOutput output = recording.output;
      output.out = text;
      const Answer answer = read(output);
      std::string wrong;
      for (const auto& [id, outcome] : outcomes(answer))
        if (const auto it = ends.find(id); it == ends.end() || it->second != outcome)
          wrong = "job " + id + " ended: " + outcome;
      if (form == Form::queue && answer.healthy && wrong.empty())
        wrong = healthy_queue(recording, jobs, whole, answer);
      if (!wrong.empty()) result.wrong = wrong + "\n" + recording.command + "\n" + text;
    });
  }
  return result;
}

}  // namespace ketrew::test
