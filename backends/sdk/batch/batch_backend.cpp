// What is about no one job: set-up, commands, what people ask.
#include "backends/sdk/batch/batch_backend.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/file.hpp"
#include "core/base/text.hpp"

template class ketrew::sdk::Backend<ketrew::sdk::batch::JobState>;

namespace ketrew::sdk::batch {

BatchBackend::BatchBackend(std::unique_ptr<Scheduler> scheduler)
    : scheduler_(std::move(scheduler)) {}

Result<> BatchBackend::initialize(const Setup& setup) {
  auto site = site_from(setup.options);
  if (!site) return pass(site.error());
  site_ = std::move(*site);
  prologue_ = prologue(site_, scheduler_->foreign_variables());
  return scheduler_->initialize(site_.rest);
}

Capabilities BatchBackend::capabilities() const {
  Capabilities capabilities;
  capabilities.visibility_lag = scheduler_->visibility_lag();
  capabilities.inventory = !scheduler_->inventory_command().empty();
  return capabilities;
}

OptionsSchema BatchBackend::options() const { return scheduler_->options(); }

host::Host BatchBackend::connect(const HostUri& uri) const {
  return host::Host(uri, path_join(setup().home, "ssh"));
}

Result<ShellOutput> BatchBackend::command(const host::Host& host, const std::string& text,
                                          const Patience& patience) const {
  // What is ended at its limit has some seconds to go.
  constexpr Milliseconds to_end = std::chrono::seconds(8);
  const Milliseconds time = patience.for_one(site_.command_timeout + to_end);
  if (time <= to_end)
    return fail(ErrorKind::timeout, host.words() + ": no time was left for this question");
  return host.run(limit_lines(time - to_end) + prologue_ + text, time);
}

void BatchBackend::note_slow(const HostUri& uri, Doing doing) {
  const std::lock_guard lock(mutex_);
  slow_since_.insert_or_assign({uri.endpoint(), doing}, MonoClock::now());
}

bool BatchBackend::slow_just_now(const HostUri& uri, Doing doing) {
  constexpr Milliseconds pause = std::chrono::seconds(10);
  const std::lock_guard lock(mutex_);
  const auto it = slow_since_.find({uri.endpoint(), doing});
  return it != slow_since_.end() && MonoClock::now() - it->second < pause;
}

// Asked only when a command is long; what the environment takes of it is left free.
std::size_t BatchBackend::argument_limit(const host::Host& host) {
  const std::string endpoint = host.uri().endpoint();
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = argument_limits_.find(endpoint); it != argument_limits_.end())
      return it->second;
  }
  constexpr std::size_t least = std::size_t{96} << 10, reserve = std::size_t{64} << 10;
  const auto ran = host.run("getconf ARG_MAX");
  if (!ran) return least;
  const std::string_view digits = trim(ran->out);
  std::size_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  value = std::max(value > reserve ? value - reserve : 0, least);
  const std::lock_guard lock(mutex_);
  return argument_limits_.insert_or_assign(endpoint, value).first->second;
}

std::vector<std::span<const AskedJob>> BatchBackend::parts(const host::Host& host,
                                                           std::span<const AskedJob> jobs,
                                                           const TextOf& text_of) {
  constexpr std::size_t surely = std::size_t{64} << 10;
  return split_jobs(jobs, scheduler_->most_ids(), [&](std::span<const AskedJob> part) {
    const std::string text = text_of(part);
    return text.size() < surely || fits(text, argument_limit(host));
  });
}

Answers BatchBackend::ask(const host::Host& host, std::span<const AskedJob> jobs,
                          const TextOf& text_of, const Read& read, const Patience& patience) {
  Answers answers;
  for (const auto part : parts(host, jobs, text_of)) {
    const auto output = command(host, text_of(part), patience);
    Answer answer;
    if (output)
      answer = read(*output, part);
    else
      answer.problem = output.error().text();
    add_answer(answers, std::move(answer), part);
  }
  return answers;
}

Answer BatchBackend::ask_tokens(const host::Host& host, std::span<const FindRequest> requests,
                                const Patience& patience) const {
  Answer answer;
  if (const auto output = command(host, scheduler_->find_command(requests), patience); output)
    answer = scheduler_->read_find(*output, requests);
  else
    answer.problem = output.error().text();
  return answer;
}

Inventory BatchBackend::inventory(const HostUri& uri) {
  const std::string text = scheduler_->inventory_command();
  if (text.empty()) return CannotTell{"this scheduler has no list of a user's jobs"};
  const auto output = command(connect(uri), text, Patience(query_time));
  if (!output) return CannotTell{output.error().text()};
  const Answer answer = scheduler_->read_inventory(*output);
  if (!answer.healthy) return CannotTell{answer.problem};
  Held held;
  for (const Row& row : answer.rows)
    if (!row.token.empty() && !std::holds_alternative<observed::Ended>(row.observation))
      held.tokens.push_back(row.token);
  return held;
}

void BatchBackend::kill(const HostUri& uri, std::span<KillJob> jobs) {
  std::vector<AskedJob> asked;
  std::vector<KillJob*> of;
  for (auto& job : jobs) {
    if (job.state.id.empty() && !scheduler_->serves_nameless()) {
      job.why = "the scheduler's id of this job is not known yet";
    } else {
      asked.push_back({job.token, job.state});
      of.push_back(&job);
    }
  }
  const host::Host host = connect(uri);
  if (slow_just_now(uri, Doing::kill)) {
    for (KillJob* job : of) job->why = "the scheduler took long over another kill a moment ago";
    return;
  }
  const Patience patience(kill_time);
  std::size_t at = 0;
  for (const auto part :
       parts(host, asked, [&](auto some) { return scheduler_->kill_command(some); })) {
    const auto output = command(host, scheduler_->kill_command(part), patience);
    const auto answers = output ? scheduler_->read_kill(*output, part)
                                : std::vector<Scheduler::KillAnswer>{};
    for (std::size_t i = 0; i < part.size(); ++i, ++at) {
      if (i < answers.size()) {
        of[at]->answer = answers[i].word;
        of[at]->why = answers[i].why;
      } else {
        of[at]->why = output ? "the answer does not mention it" : output.error().text();
      }
    }
  }
  if (patience.is_short(kill_time)) note_slow(uri, Doing::kill);
}

namespace {

AskedJob asked_from(const JobState& state) {
  const auto slash = state.playground.rfind('/');
  return {slash == std::string::npos ? "" : state.playground.substr(slash + 1), state};
}

std::string file_of(const std::string& query) {
  if (query == "stdout") return "out";
  if (query == "stderr") return "err";
  if (query == "log" || query == "script") return query;
  return {};
}

}  // namespace

std::vector<QueryDescription> BatchBackend::queries(const HostUri&, const JobState& state) {
  std::vector<QueryDescription> all = {{"stdout", "what it wrote to its standard output"},
                                       {"stderr", "what it wrote to its standard error"},
                                       {"log", "when each step of it began and ended"},
                                       {"script", "what the scheduler was given to run"}};
  if (state.id.empty() && !scheduler_->serves_nameless()) return all;
  for (const auto& query : scheduler_->queries(asked_from(state)))
    all.push_back({query.name, query.description});
  return all;
}

Result<QueryAnswer> BatchBackend::query(const HostUri& uri, const std::string& token,
                                        const JobState& state, const QueryRequest& request) {
  const host::Host host = connect(uri);
  if (const std::string file = file_of(request.name); !file.empty()) {
    auto range = host.read(path_join(state.playground, file), request.offset, request.limit);
    if (!range) return pass(range.error());
    return QueryAnswer{std::move(range->text), range->offset, range->size};
  }
  for (const auto& query : scheduler_->queries({token, state})) {
    if (query.name != request.name) continue;
    auto output = command(host, query.command, Patience(query_time));
    if (!output) return pass(output.error());
    // What a scheduler says of a job that it has forgotten is an answer too.
    return QueryAnswer{output->out.empty() ? std::move(output->err) : std::move(output->out), 0, {}};
  }
  return fail(ErrorKind::invalid, "no query \"" + one_line(request.name, 60) + "\"");
}

std::vector<LogValue> BatchBackend::log(const HostUri&, const std::string&, const JobState& state) {
  std::vector<LogValue> values = {{"id", state.id.empty() ? "not known" : state.id},
                                  {"playground", state.playground}};
  if (state.restarts > 0) values.push_back({"restarts", std::to_string(state.restarts)});
  for (const auto& [label, value] : state.shown.items())
    values.push_back({label, value.is_string() ? value.get<std::string>() : value.dump()});
  return values;
}

}  // namespace ketrew::sdk::batch
