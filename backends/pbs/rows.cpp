#include "backends/pbs/rows.hpp"

#include "backends/pbs/ending.hpp"
#include "backends/pbs/job_name.hpp"
#include "backends/pbs/states.hpp"
#include "backends/pbs/values.hpp"
#include "core/base/text.hpp"

namespace ketrew::pbs {
namespace {

using sdk::batch::Row;

std::string waiting_reason(const Block& block, const NativeState& state) {
  std::string reason(state.phase);
  if (const auto number = to_number(block[Attribute::substate]))
    if (const auto words = substate_words(static_cast<int>(*number)); !words.empty())
      reason += ", " + std::string(words);
  if (state.word == 'H') {
    for (const char c : block[Attribute::hold_types]) {
      if (c == 'u') reason += " by the user";
      if (c == 'o') reason += " by an operator";
      if (c == 's') reason += " by the system";
      if (c == 'p') reason += ": bad password";
    }
  }
  if (!block[Attribute::execution_time].empty())
    reason += ", not before " + std::string(block[Attribute::execution_time]) + " UTC";
  // The scheduler's own words.
  if (!block[Attribute::comment].empty()) reason += ": " + std::string(block[Attribute::comment]);
  return to_valid_utf8(one_line(reason));
}

std::string running_phase(const Block& block, const NativeState& state) {
  std::string phase(state.phase);
  if (const auto number = to_number(block[Attribute::substate]))
    if (const auto words = substate_words(static_cast<int>(*number)); !words.empty())
      phase += ": " + std::string(words);
  return phase;
}

// The number of runs is for people: PBS counts those as well that never came to the script, so that
// it says nothing about which claim and which exit file are the latest. `dialect` is what the next
// question begins with (poll.hpp).
Json shown(const Block& block, Dialect dialect) {
  Json values{{"dialect", to_string(dialect)}};
  const auto show = [&](const char* label, std::string_view text) {
    if (!text.empty()) values[label] = to_valid_utf8(one_line(text));
  };
  show("queue", block[Attribute::queue]);
  show("nodes", node_names(block[Attribute::exec_host]));
  if (const auto runs = to_number(block[Attribute::run_count]); runs && *runs > 1)
    values["runs"] = std::to_string(*runs);
  return values;
}

}  // namespace

Row to_row(const Block& block, Dialect dialect) {
  Row row;
  row.id = block.id;
  row.token = token_of(block[Attribute::job_name]);
  const std::string_view word = block[Attribute::job_state];
  const NativeState* state = find_state(dialect, word);
  const auto doubt = [&](const std::string& why) {
    row.observation = observed::CannotTell{why, {}};
    return row;
  };
  if (!block.whole) return doubt("qstat's answer about it was cut");
  if (block.doubtful) return doubt("qstat's answer about it says two things");
  if (!state) return doubt("qstat says job_state \"" + to_valid_utf8(one_line(word, 20)) + "\"");

  row.shown = shown(block, dialect);
  switch (state->verdict) {
    case Verdict::cannot_tell: return doubt(std::string(state->phase));
    case Verdict::waiting:
      row.observation = observed::Waiting{waiting_reason(block, *state)};
      break;
    case Verdict::running:
      row.observation =
          observed::Running{running_phase(block, *state), started_at(block, dialect)};
      break;
    case Verdict::ended: take_ending(block, dialect, row); break;
  }
  return row;
}

bool is_another_job(const Block& block, Dialect dialect, const sdk::batch::AskedJob& job) {
  if (!block.whole || block.doubtful) return false;
  const std::string_view token = token_of(block[Attribute::job_name]);
  if (!token.empty()) return token != job.token;
  // Renamed, or of somebody else: one that was made long after ours was given this number. Slurm's
  // wrapper has no time that would stay the same for ever.
  if (dialect == Dialect::slurm || job.state.submitted_ms == 0) return false;
  const auto made = to_time(block[Attribute::ctime]);
  return made && unix_milliseconds(*made) >
                     job.state.submitted_ms + Milliseconds(std::chrono::hours(25)).count();
}

}  // namespace ketrew::pbs
