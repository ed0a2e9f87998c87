// `update`: the queue for all, then playgrounds and history for those that ended or are missing.
#include "backends/sdk/batch/batch_backend.hpp"
#include "backends/sdk/batch/verdict.hpp"

#include "core/base/text.hpp"

namespace ketrew::sdk::batch {

struct BatchBackend::Closing {
  Job* job = nullptr;
  Seen queue;
};

namespace {

void take_shown(JobState& state, const Row& row) {
  if (row.restarts && *row.restarts > state.restarts) state.restarts = *row.restarts;
  if (row.shown.is_object())
    for (const auto& [key, value] : row.shown.items())
      if (Json& shown = state.shown[key]; shown != value) shown = value;
}

}  // namespace

bool BatchBackend::held_for_grace(const std::string& token) {
  const std::lock_guard lock(mutex_);
  const auto [it, fresh] = held_since_.try_emplace(token, MonoClock::now());
  return MonoClock::now() - it->second >= site_.exit_grace;
}

void BatchBackend::forget_grace(const std::string& token) {
  const std::lock_guard lock(mutex_);
  held_since_.erase(token);
}

void BatchBackend::see(Job& job, const Seen& seen, std::vector<Closing>& closing) {
  if (!seen.row) {
    if (seen.answer->healthy) {
      closing.push_back({&job, seen});
    } else {
      job.observation = observed::CannotTell{seen.answer->problem, seen.answer->evidence};
    }
    return;
  }
  const Row& row = *seen.row;
  take_shown(job.state, row);
  if (std::holds_alternative<observed::Ended>(row.observation) ||
      std::holds_alternative<observed::Gone>(row.observation)) {
    closing.push_back({&job, seen});
    return;
  }
  job.observation = row.observation;
  if (!std::holds_alternative<observed::CannotTell>(row.observation)) forget_grace(job.token);
}

void BatchBackend::update(const HostUri& uri, std::span<Job> jobs) {
  const host::Host host = connect(uri);
  const Patience patience(update_time);
  std::vector<AskedJob> asked;
  std::vector<FindRequest> nameless;  // found by their claim alone: under which id is not known
  std::vector<Job*> of_asked, of_nameless;
  for (auto& job : jobs) {
    if (!host::is_token(job.token)) continue;
    if (job.state.id.empty()) {
      nameless.push_back({job.token, uri, Json::object()});
      of_nameless.push_back(&job);
    } else {
      asked.push_back({job.token, std::move(job.state)});  // back below
      of_asked.push_back(&job);
    }
  }
  std::vector<Closing> closing;
  const Answers queue = ask(
      host, asked, [&](auto part) { return scheduler_->queue_command(part); },
      [&](const ShellOutput& output, auto part) { return scheduler_->read_queue(output, part); },
      patience);
  for (std::size_t i = 0; i < of_asked.size(); ++i) {
    of_asked[i]->state = std::move(asked[i].state);
    see(*of_asked[i], queue.seen[i], closing);
  }
  Answer by_token;
  if (!nameless.empty()) by_token = ask_tokens(host, nameless, patience);
  for (Job* job : of_nameless) {
    Seen seen{nullptr, &by_token};
    for (const Row& row : by_token.rows)
      if (row.token == job->token) seen.row = &row;
    if (seen.row) job->state.id = seen.row->id;
    see(*job, seen, closing);
  }
  if (!closing.empty()) conclude(host, closing, patience);
}

void BatchBackend::conclude(const host::Host& host, std::vector<Closing>& closing,
                            const Patience& patience) {
  std::vector<std::string> tokens;
  std::vector<AskedJob> asked;
  for (const auto& [job, seen] : closing) {
    tokens.push_back(job->token);
    asked.push_back({job->token, job->state});
  }
  const std::string mark = new_mark();
  const auto looked = host.run(look_text(host.uri().playground, mark, tokens),
                               patience.for_one(host.timeout()));
  const auto looks = looked ? read_looks(looked->out, mark) : std::map<std::string, Look>{};
  Answers history;
  if (scheduler_->history_command(asked))
    history = ask(
        host, asked, [&](auto part) { return scheduler_->history_command(part).value_or(":"); },
        [&](const ShellOutput& output, auto part) {
          return scheduler_->read_history(output, part);
        },
        patience);
  for (std::size_t i = 0; i < closing.size(); ++i) {
    Job& job = *closing[i].job;
    const Seen& queue = closing[i].queue;
    Sources sources;
    if (queue.row && std::holds_alternative<observed::Ended>(queue.row->observation))
      sources.queue = queue.row;
    sources.absence = &queue.answer->evidence;
    const auto look = looks.find(job.token);
    if (look != looks.end()) sources.look = &look->second;
    sources.look_problem =
        looked ? "the host's answer does not mention its playground" : looked.error().text();
    if (i < history.seen.size()) {
      const Seen& old = history.seen[i];
      sources.history = old.row;
      sources.history_evidence = &old.answer->evidence;
      if (!old.row && !old.answer->healthy) sources.history_problem = old.answer->problem;
      if (old.row) take_shown(job.state, *old.row);
    }
    Verdict verdict = judge({job.token, job.state}, sources, false);
    if (verdict.held && held_for_grace(job.token))
      verdict = judge({job.token, job.state}, sources, true);
    if (!verdict.held) forget_grace(job.token);
    if (!verdict.other_id.empty()) job.state.id = verdict.other_id;
    job.observation = std::move(verdict.observation);
  }
}

}  // namespace ketrew::sdk::batch
