#include "backends/sdk/batch/verdict.hpp"

#include "core/host/monitored_script.hpp"

namespace ketrew::sdk::batch {
namespace {

using observed::Ended;

const Ended* ended(const Row* row) {
  return row ? std::get_if<Ended>(&row->observation) : nullptr;
}

// The queue's word, completed by the history's.
std::optional<Ended> scheduler_word(const Sources& sources) {
  const Ended* queue = ended(sources.queue);
  const Ended* history = ended(sources.history);
  if (!queue && !history) return std::nullopt;
  Ended word = queue ? *queue : *history;
  if (queue && history) {
    if (!word.failure) word.failure = history->failure;
    if (!word.exit_code && !word.signal) {
      word.exit_code = history->exit_code;
      word.signal = history->signal;
    }
    if (word.message.empty()) word.message = history->message;
    if (!word.started_at) word.started_at = history->started_at;
    if (!word.ended_at) word.ended_at = history->ended_at;
    if (word.usage.is_null()) word.usage = history->usage;
  }
  return word;
}

bool never_ran(const Sources& sources) {
  return (ended(sources.queue) && sources.queue->never_ran) ||
         (ended(sources.history) && sources.history->never_ran);
}

bool is_proof(const Row* row) { return row && row->is_proof; }

// A scheduler takes such a job up again under the same id, sometimes after it was shown as ended.
bool may_come_back(const Sources& sources, const Ended& word) {
  return word.failure == FailureClass::preempted || word.failure == FailureClass::node ||
         (ended(sources.queue) && sources.queue->may_come_back) ||
         (ended(sources.history) && sources.history->may_come_back);
}

// Whether the exit file is of the restart that the scheduler counts, not of an earlier one.
bool exit_counts(const Look& look, std::uint32_t restarts) {
  if (look.exit != FileSeen::here) return false;
  const int claimed = look.claim == FileSeen::here ? look.claimed.restart : 0;
  return claimed >= 0 && static_cast<std::uint32_t>(claimed) >= restarts;
}

Ended with_exit(const host::ExitRecord& record, const std::string& where,
                const std::optional<Ended>& word) {
  Ended result = host::to_ended(record, where);
  if (!word) return result;
  if (!result.started_at) result.started_at = word->started_at;
  if (!result.ended_at) result.ended_at = word->ended_at;
  if (word->usage.is_object()) {
    if (!result.usage.is_object()) result.usage = Json::object();
    for (const auto& [key, value] : word->usage.items())
      if (!result.usage.contains(key)) result.usage[key] = value;
  }
  const bool well = result.exit_code == 0 && !result.signal;
  if (well || !word->failure || *word->failure == FailureClass::exit ||
      *word->failure == FailureClass::signal)
    return result;
  result.failure = word->failure;
  if (result.message.empty()) result.message = word->message;
  result.evidence.words += "; " + word->evidence.command + ": " + word->evidence.words;
  return result;
}

// Without an exit file: failures as they are, a success not at all.
Ended without_exit(Ended word) {
  const bool fails =
      word.failure || word.signal || (word.exit_code && *word.exit_code != 0);
  if (fails) return word;
  word.exit_code.reset();
  word.signal.reset();
  word.failure = FailureClass::node;
  word.message = "ended without proof: the scheduler says that it is over, and its script left no "
                 "exit file";
  return word;
}

Verdict held(std::string reason, const Evidence& evidence) {
  return {observed::CannotTell{std::move(reason), evidence}, true, {}};
}

Observation gone(const Sources& sources, const Look& look) {
  Evidence evidence = sources.absence ? *sources.absence : Evidence{};
  if (!evidence.words.empty()) evidence.words += "; ";
  evidence.words += look.claim == FileSeen::absent ? "no claim and no exit file"
                                                   : "it had begun, and there is no exit file";
  if (sources.history)
    evidence.words += "; the history still has it as not ended";
  else if (sources.history_evidence)
    evidence.words += "; not in the history";
  return observed::Gone{evidence};
}

}  // namespace

Verdict judge(const AskedJob& job, const Sources& sources, bool grace_over) {
  const auto word = scheduler_word(sources);
  const Evidence seen = word ? word->evidence : sources.absence ? *sources.absence : Evidence{};
  if (word && (is_proof(sources.queue) || is_proof(sources.history))) return {*word, false, {}};
  if (!word && is_proof(sources.history)) return {sources.history->observation, false, {}};
  if (!sources.look)
    return {observed::CannotTell{sources.look_problem, seen}, false, {}};
  const Look& look = *sources.look;
  const std::string place = job.state.playground;

  if (exit_counts(look, job.state.restarts)) {
    const bool well = look.record.code == 0;
    if (!well && word && may_come_back(sources, *word) && !grace_over)
      return held("ended" + (word->failure ? " as " + std::string(to_string(*word->failure)) : "") +
                      "; it may yet be taken up again",
                  seen);
    return {with_exit(look.record, place + "/exit", word), false, {}};
  }
  if (look.exit == FileSeen::unreadable)
    return {observed::CannotTell{"cannot read " + place + "/exit", seen}, false, {}};
  if (look.claim == FileSeen::here && !look.claimed.mark.empty() &&
      look.claimed.mark != job.state.id)
    return {observed::CannotTell{"the attempt was claimed by another submission of it, " +
                                     look.claimed.mark,
                                 seen},
            false, look.claimed.mark};

  if (word) {
    if (never_ran(sources)) return {without_exit(*word), false, {}};
    if (!grace_over)
      return held("the scheduler says that it has ended; its exit file is not there yet", seen);
    if (word->exit_code == host::duplicate_exit_code && look.claim != FileSeen::absent)
      return {gone(sources, look), true, {}};  // this copy ran nothing: another had claimed it
    return {without_exit(*word), false, {}};
  }
  if (!sources.history_problem.empty())
    return {observed::CannotTell{sources.history_problem,
                                 sources.history_evidence ? *sources.history_evidence : seen},
            false, {}};
  return {gone(sources, look), true, {}};
}

}  // namespace ketrew::sdk::batch
