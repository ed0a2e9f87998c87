#include "backends/daemonize/detached.hpp"

#include <charconv>

#include "backends/daemonize/far_answer.hpp"
#include "backends/daemonize/far_script.hpp"
#include "core/base/clock.hpp"
#include "core/host/host.hpp"
#include "core/host/monitored_script.hpp"
#include "core/host/playground.hpp"

namespace ketrew::daemonize {
namespace {

constexpr int most_unheard = 100;

FarStart to_far_start(const StartOrder& order) {
  const sdk::StartRequest& request = *order.request;
  host::MonitoredScript script;
  script.token = request.token;
  script.job_id = request.job.id;
  script.attempt = request.job.attempt;
  script.playground = host::playground_of(request.host, request.token).path;
  script.program = request.program;
  return {request.token, render(script), order.options.call_script, order.options.mode, false};
}

JobState to_state(const JobOptions& options) {
  JobState state;
  state.mode = options.mode;
  state.asked_ms = unix_milliseconds(wall_now());
  state.starting_ms = options.starting_timeout.count();
  state.no_log_is_ok = options.no_log_is_ok;
  state.grace_ms = options.kill_grace.count();
  return state;
}

Base::StartResult to_result(const FarAnswer* answer, const JobOptions& options) {
  if (!answer) return sdk::InDoubt{"the host's answer does not mention it"};
  if (answer->word == FarWord::failed) return sdk::Refused{false, answer->rest};
  if (answer->word != FarWord::launched && answer->word != FarWord::existing)
    return sdk::InDoubt{"an answer that does not fit"};
  JobState state = to_state(options);
  std::from_chars(answer->rest.data(), answer->rest.data() + answer->rest.size(),
                  state.process.pid);
  return Base::Started{state};
}

const FarAnswer* look_up(const std::map<std::string, FarAnswer>& answers,
                         const std::string& token) {
  const auto it = answers.find(token);
  return it == answers.end() ? nullptr : &it->second;
}

Result<std::map<std::string, FarAnswer>> ask(const host::Host& host, const std::string& text) {
  const auto ran = host.run(text);
  if (!ran) return pass(ran.error());
  return read_far_words(ran->out);
}

}  // namespace

Detached::Detached(std::string control_directory, Changed changed, Milliseconds poll_interval)
    : control_directory_(std::move(control_directory)),
      changed_(std::move(changed)),
      poll_interval_(poll_interval),
      poller_([this] { ask_for_polls(); }) {}

Detached::~Detached() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  poller_.join();
}

void Detached::remember(const std::string& token, bool unfinished) {
  const std::lock_guard lock(mutex_);
  if (!unfinished) {
    unfinished_.erase(token);
  } else {
    unfinished_.insert_or_assign(token, 0);
    if (unfinished_.size() == 1) wake_.notify_all();
  }
}

void Detached::ask_for_polls() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (unfinished_.empty()) {
      wake_.wait(lock);
      continue;
    }
    if (wake_.wait_for(lock, poll_interval_, [&] { return stopping_; })) return;
    std::vector<std::string> tokens;
    for (auto it = unfinished_.begin(); it != unfinished_.end();) {
      if (++it->second > most_unheard) {
        it = unfinished_.erase(it);
      } else {
        tokens.push_back((it++)->first);
      }
    }
    lock.unlock();
    if (!tokens.empty()) changed_(tokens);
    lock.lock();
  }
}

std::vector<Base::StartResult> Detached::start(const HostUri& uri,
                                               std::span<const StartOrder> orders) {
  const host::Host host(uri, control_directory_);
  std::vector<FarStart> starts;
  for (const auto& order : orders) starts.push_back(to_far_start(order));
  auto answers = ask(host, far_start_text(uri.playground, starts));
  if (!answers)
    return std::vector<Base::StartResult>(orders.size(), sdk::InDoubt{answers.error().text()});
  std::vector<FarStart> again;
  for (auto& start : starts)
    if (const auto* answer = look_up(*answers, start.token);
        answer && answer->word == FarWord::tombstone) {
      start.over_tombstone = true;
      again.push_back(start);
    }
  if (!again.empty())
    if (const auto second = ask(host, far_start_text(uri.playground, again)); second)
      for (const auto& [token, answer] : *second) answers->insert_or_assign(token, answer);
  std::vector<Base::StartResult> results;
  for (const auto& order : orders) {
    results.push_back(to_result(look_up(*answers, order.request->token), order.options));
    if (std::holds_alternative<Base::Started>(results.back())) remember(order.request->token, true);
  }
  return results;
}

std::vector<Base::FindResult> Detached::find(const HostUri& uri,
                                             std::span<const sdk::FindRequest* const> requests) {
  std::vector<std::string> tokens;
  for (const auto* request : requests) tokens.push_back(request->token);
  const host::Host host(uri, control_directory_);
  const auto answers = ask(host, far_find_text(uri.playground, tokens));
  std::vector<Base::FindResult> results;
  for (const auto* request : requests) {
    const auto* answer = answers ? look_up(*answers, request->token) : nullptr;
    const auto options = job_options(request->options, uri);
    if (!answers) {
      results.emplace_back(sdk::CannotTell{answers.error().text()});
    } else if (answer && answer->word == FarWord::here) {
      results.emplace_back(Base::Found{to_state(options ? *options : JobOptions{})});
      remember(request->token, true);
    } else if (answer && answer->word == FarWord::absent) {
      results.emplace_back(sdk::Absent{
          {"looked at " + host::playground_of(uri, request->token).path + " on " + host.words(),
           std::nullopt, "no claim; no later one can be made"}});
    } else {
      results.emplace_back(sdk::CannotTell{"its playground cannot be read"});
    }
  }
  return results;
}

void Detached::update(const HostUri& uri, std::span<Base::Job* const> jobs) {
  std::vector<FarJob> asked;
  for (const auto* job : jobs) asked.push_back({job->token, job->state.process});
  const host::Host host(uri, control_directory_);
  const auto ran = host.run(far_look_text(uri.playground, asked));
  const auto looks = ran ? read_far_looks(ran->out) : tl::unexpected<Error>(ran.error());
  const std::int64_t now = unix_milliseconds(wall_now());
  for (auto* job : jobs) {
    if (!looks) {
      job->observation = observed::CannotTell{looks.error().text(), {}};
      continue;
    }
    const auto it = looks->jobs.find(job->token);
    if (it == looks->jobs.end()) {
      job->observation = observed::CannotTell{"the host's answer does not mention it", {}};
      continue;
    }
    job->observation =
        judge(it->second, looks->boot, job->state, now, host::playground_of(uri, job->token).path);
    const bool over = std::holds_alternative<observed::Ended>(job->observation);
    remember(job->token, !over);
  }
}

void Detached::kill(const HostUri& uri, std::span<Base::KillJob* const> jobs) {
  std::vector<FarJob> asked;
  std::int64_t grace_ms = 0;
  for (const auto* job : jobs) {
    asked.push_back({job->token, job->state.process});
    grace_ms = std::max(grace_ms, job->state.grace_ms);
  }
  const host::Host host(uri, control_directory_);
  const auto answers =
      ask(host, far_kill_text(uri.playground, asked, static_cast<int>((grace_ms + 999) / 1000)));
  for (auto* job : jobs) {
    const auto* answer = answers ? look_up(*answers, job->token) : nullptr;
    job->answer = sdk::KillWord::cannot_tell;
    if (!answers) {
      job->why = answers.error().text();
    } else if (answer && answer->word == FarWord::sent) {
      job->answer = sdk::KillWord::sent;
    } else if (answer && answer->word == FarWord::over) {
      job->answer = sdk::KillWord::already_over;
    } else {
      job->why = "its process cannot be identified";
    }
  }
}

}  // namespace ketrew::daemonize
