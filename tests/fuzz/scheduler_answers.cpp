#include <algorithm>
#include <charconv>

#include "backends/sdk/state_text.hpp"
#include "backends/sdk/wire.hpp"
#include "core/protocol/raw_json.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ketrew::fuzz {
namespace {

using sdk::batch::Answer;
using sdk::batch::AskedJob;

std::string token_of(std::size_t job) {
  return "01kb5w1k2z8nqz2j4w6q0r7t3v-" + std::to_string(job + 1);
}

// What is read goes into a message to the daemon, and into the stored state.
void check(const Answer& answer) {
  must(answer.healthy || !answer.problem.empty(), "an answer that is not healthy says why");
  for (const auto& row : answer.rows) {
    std::string text;
    sdk::append_update(text, token_of(0), row.observation, {});
    text.pop_back();  // the comma
    must(protocol::check_json(text).has_value(), "an observation can be told");
    sdk::batch::JobState state;
    state.id = row.id;
    state.own = row.own;
    state.shown = row.shown;
    std::string stored;
    sdk::append_state(stored, 1, Json(state));
    must(protocol::check_json(stored).has_value(), "a state can be written");
  }
  must(!to_json(answer.evidence).dump().empty(), "evidence can be told");
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::clamp(value, 0, 255);
}

}  // namespace

void read_answers(const sdk::batch::Scheduler& scheduler, std::span<const std::string> ids,
                  std::string_view input) {
  const auto pieces = parts(input, 4);
  const auto piece = [&](std::size_t i) { return i < pieces.size() ? pieces[i] : ""; };
  const sdk::batch::ShellOutput output{number(piece(3)), std::string(piece(1)),
                                       std::string(piece(2))};
  std::vector<AskedJob> asked;
  std::vector<sdk::FindRequest> sought;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    AskedJob job{token_of(i), {}};
    job.state.id = ids[i];
    job.state.playground = "/pg/" + job.token;
    HostUri host;
    host.playground = "/pg";
    sought.push_back({job.token, host, Json::object()});
    asked.push_back(std::move(job));
  }
  const std::string_view question = piece(0);
  if (question == "history") {
    check(scheduler.read_history(output, asked));
  } else if (question == "find") {
    const Answer answer = scheduler.read_find(output, sought);
    check(answer);
  } else if (question == "inventory") {
    check(scheduler.read_inventory(output));
  } else if (question == "kill") {
    const auto answers = scheduler.read_kill(output, asked);
    must(answers.size() <= asked.size(), "no more answers to kill than questions");
    for (const auto& answer : answers) {
      std::string text;
      sdk::append_kill(text, token_of(0), answer.word, answer.why);
    }
  } else if (question == "submission") {
    const auto answer = scheduler.read_submission(output);
    if (const auto* submitted = std::get_if<sdk::batch::Submitted>(&answer)) {
      must(!submitted->id.empty() || scheduler.serves_nameless(), "what was submitted has an id");
      must(!Json(submitted->own).dump().empty(), "its state can be written");
    }
  } else if (question == "check") {
    protocol::checks_to_text(scheduler.read_check(output));
  } else {
    check(scheduler.read_queue(output, asked));
  }
}

}  // namespace ketrew::fuzz
