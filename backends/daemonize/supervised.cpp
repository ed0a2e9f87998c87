#include "backends/daemonize/supervised.hpp"

#include <unistd.h>

#include "core/base/file.hpp"
#include "core/host/exit_record.hpp"
#include "core/host/monitored_script.hpp"
#include "core/host/playground.hpp"

namespace ketrew::daemonize {
namespace {

constexpr const char* supervisor_asked = "asked the supervisor";

JobState state_of(const wire::Process& process, const JobOptions& options) {
  JobState state;
  state.mode = Using::supervisor;
  if (const auto boot = host::boot_id()) state.process.boot = *boot;
  state.process.pid = process.pid;
  state.process.started = process.start_ticks;
  state.grace_ms = options.kill_grace.count();
  return state;
}

observed::Ended to_observation(const wire::End& end) {
  host::ExitRecord record;
  if (end.code >= 0) {
    record.code = end.code;
  } else {
    record.signal = end.signal;
  }
  if (end.started_ms > 0) record.started = from_unix_milliseconds(end.started_ms);
  if (end.ended_ms > 0) record.ended = from_unix_milliseconds(end.ended_ms);
  record.max_rss_bytes = end.max_rss_bytes;
  record.cpu_ms = end.cpu_ms;
  record.note = end.note;
  observed::Ended ended = host::to_ended(record, "");
  ended.evidence.command = "told by the supervisor";
  return ended;
}

void learn(JobState& state, const wire::Process& process) {
  if (process.pid == 0 || process.start_ticks == 0) return;
  state.process.pid = process.pid;
  state.process.started = process.start_ticks;
  if (const auto boot = host::boot_id()) state.process.boot = *boot;
}

}  // namespace

wire::Start to_start(const sdk::StartRequest& request, const JobOptions& options) {
  wire::Start start;
  start.token = request.token;
  start.root = request.host.playground;
  start.job_id = request.job.id;
  start.attempt = request.job.attempt;
  start.grace_ms = static_cast<std::uint32_t>(options.kill_grace.count());
  start.directory = request.program.directory;
  for (const auto& [name, value] : request.program.environment)
    start.environment.push_back(name + "=" + value);
  const auto& commands = request.program.commands;
  if (commands.size() == 1 && options.call_script.empty() && !host::names_products(request.program)) {
    const Command& command = commands.front();
    start.argv =
        command.exec.empty() ? std::vector<std::string>{"/bin/sh", "-c", command.sh} : command.exec;
    start.script = "#!/bin/sh\n# Started by the supervisor without a shell, as if by:\nexec " +
                   shell_quote(start.argv) + "\n";
    return start;
  }
  host::MonitoredScript script;
  script.token = request.token;
  script.job_id = request.job.id;
  script.attempt = request.job.attempt;
  const auto playground = host::playground_of(request.host, request.token);
  script.playground = playground.path;
  script.program = request.program;
  script.stands_alone = false;
  start.script = render(script);
  start.log_command = false;
  // bash tells the time for the log without a process.
  static const bool bash = ::access("/bin/bash", X_OK) == 0;
  start.argv = options.call_script.empty()
                   ? std::vector<std::string>{bash ? "/bin/bash" : "/bin/sh"}
                   : options.call_script;
  start.argv.push_back(playground.script());
  return start;
}

Observation observe_playground(const HostUri& host, const std::string& token,
                               const JobState& state) {
  const auto playground = host::playground_of(host, token);
  const auto content = read_file(playground.exit(), 8192);
  if (content) {
    const auto record = host::parse_exit(*content);
    if (record) return to_ended(*record, playground.exit());
    return observed::Gone{{"read " + playground.exit(), std::nullopt, record.error().what}};
  }
  if (content.error().kind != ErrorKind::not_found)
    return observed::CannotTell{content.error().what, {}};
  if (host::liveness(state.process) == host::Liveness::alive)
    return observed::Running{"running, without a parent", {}};

  const auto claimed = read_file(playground.claim(), 8192);
  if (!claimed && claimed.error().kind != ErrorKind::not_found)
    return observed::CannotTell{claimed.error().what, {}};
  const auto boot = host::boot_id();
  const auto claim = claimed ? host::parse_claim(*claimed) : tl::unexpected<Error>(claimed.error());
  std::string words = "the supervisor does not know it; no " + playground.exit();
  const std::string& then =
      claim && !claim->process.boot.empty() ? claim->process.boot : state.process.boot;
  if (!claimed) {
    words += "; no claim: it never ran, or its playground was removed";
  } else if (boot && !then.empty() && then != *boot) {
    words += "; the machine was rebooted since it started";
  } else {
    words +=
        "; its process is over, and nobody saw how it ended: supervisor and guardian had "
        "been killed";
  }
  return observed::Gone{{supervisor_asked, std::nullopt, words}};
}

std::vector<Base::StartResult> Supervised::start(const HostUri&,
                                                 std::span<const StartOrder> orders) {
  std::vector<wire::Start> starts;
  starts.reserve(orders.size());
  for (const auto& order : orders) starts.push_back(to_start(*order.request, order.options));
  const auto answers = client_->start(starts);
  std::vector<Base::StartResult> results;
  results.reserve(orders.size());
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const auto& answer = answers[i];
    if (!answer) {
      results.emplace_back(sdk::InDoubt{answer.error().text()});
    } else if (answer->answer == wire::StartAnswer::started ||
               answer->answer == wire::StartAnswer::existing) {
      results.emplace_back(Base::Started{state_of(answer->process, orders[i].options)});
    } else {
      results.emplace_back(
          sdk::Refused{answer->answer == wire::StartAnswer::refused_for_ever, answer->why});
    }
  }
  return results;
}

std::vector<Base::FindResult> Supervised::find(const HostUri& host,
                                               std::span<const sdk::FindRequest* const> requests) {
  std::vector<std::pair<std::string, std::string>> asked;
  for (const auto* request : requests) asked.emplace_back(request->token, host.playground);
  const auto answers = client_->find(asked);
  std::vector<Base::FindResult> results;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& answer = answers[i];
    const auto options = job_options(requests[i]->options, host);
    if (!answer || answer->answer == wire::FindAnswer::cannot_tell) {
      results.emplace_back(sdk::CannotTell{answer ? answer->why : answer.error().text()});
    } else if (answer->answer == wire::FindAnswer::absent) {
      results.emplace_back(sdk::Absent{{supervisor_asked, std::nullopt, answer->why}});
    } else {
      results.emplace_back(
          Base::Found{state_of(answer->process, options ? *options : JobOptions{})});
    }
  }
  return results;
}

void Supervised::update(const HostUri& host, std::span<Base::Job* const> jobs) {
  std::vector<Base::Job*> open;
  std::vector<std::string> tokens;
  for (auto* job : jobs) {
    if (const auto end = client_->take_end(job->token)) {
      job->observation = to_observation(*end);
      continue;
    }
    open.push_back(job);
    tokens.push_back(job->token);
  }
  if (open.empty()) return;
  const auto looked = client_->look(tokens);
  for (std::size_t i = 0; i < open.size(); ++i) {
    Base::Job& job = *open[i];
    const wire::LookAnswer answer = looked ? (*looked)[i].answer : wire::LookAnswer::unknown;
    switch (answer) {
      case wire::LookAnswer::starting: job.observation = observed::Waiting{"being started"}; break;
      case wire::LookAnswer::running:
      case wire::LookAnswer::killing: {
        learn(job.state, (*looked)[i].process);
        observed::Running running{answer == wire::LookAnswer::killing ? "being killed" : "running",
                                  {}};
        if ((*looked)[i].started_ms > 0)
          running.started_at = from_unix_milliseconds((*looked)[i].started_ms);
        job.observation = running;
        break;
      }
      case wire::LookAnswer::ended: job.observation = to_observation((*looked)[i].end); break;
      case wire::LookAnswer::unknown:
        job.observation = observe_playground(host, job.token, job.state);
        // Without the supervisor's word only proof counts.
        if (!looked && std::holds_alternative<observed::Gone>(job.observation))
          job.observation = observed::CannotTell{looked.error().text(), {}};
        break;
    }
  }
}

void Supervised::kill(const HostUri& host, std::span<Base::KillJob* const> jobs) {
  std::vector<std::string> tokens;
  for (const auto* job : jobs) tokens.push_back(job->token);
  const auto answers = client_->kill(tokens, std::nullopt);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Base::KillJob& job = *jobs[i];
    if (!answers) {
      job.answer = sdk::KillWord::cannot_tell;
      job.why = answers.error().text();
      continue;
    }
    switch ((*answers)[i]) {
      case wire::KillAnswer::sent: job.answer = sdk::KillWord::sent; break;
      case wire::KillAnswer::over: job.answer = sdk::KillWord::already_over; break;
      case wire::KillAnswer::starting:
        job.answer = sdk::KillWord::cannot_tell;
        job.why = "it is just being started";
        break;
      case wire::KillAnswer::unknown: {
        const Observation observation = observe_playground(host, job.token, job.state);
        const bool over = std::holds_alternative<observed::Ended>(observation) ||
                          std::holds_alternative<observed::Gone>(observation);
        job.answer = over ? sdk::KillWord::already_over : sdk::KillWord::cannot_tell;
        job.why = over ? "" : "the supervisor does not know it";
        break;
      }
    }
  }
}

}  // namespace ketrew::daemonize
