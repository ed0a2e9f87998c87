// `start`: many submissions in one command.
#include "backends/sdk/batch/batch_backend.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/host/monitored_script.hpp"

namespace ketrew::sdk::batch {
namespace {

host::MonitoredScript script_of(const StartRequest& request, const host::Playground& playground,
                                const Submission& submission) {
  host::MonitoredScript script;
  script.token = request.token;
  script.job_id = request.job.id;
  script.attempt = request.job.attempt;
  script.stands_alone = submission.records.has_value();
  if (submission.records)
    script.playground = submission.records->empty() ? playground.path
                                                    : playground.file(*submission.records);
  script.program = request.program;
  script.shell = submission.shell;
  script.directives = submission.directives;
  script.restart_count = submission.restart_count;
  script.claimed_by = submission.own_id;
  script.outlives_signals = true;
  return script;
}

// What is ended at its limit has some seconds to go, and then its answer is written down.
Milliseconds time_of(const SubmitLimits& limits) {
  return std::chrono::seconds(limits.begin_seconds + limits.one_seconds + 10);
}

}  // namespace

// Within the protocol's time for a start, whatever time other commands of the host have.
SubmitLimits BatchBackend::submit_limits() const {
  constexpr std::int64_t longest = 35;  // see start_time
  const auto one = std::chrono::ceil<std::chrono::seconds>(site_.submit_timeout).count();
  SubmitLimits limits;
  limits.one_seconds = static_cast<int>(std::clamp<std::int64_t>(one, 1, longest));
  return limits;
}

Result<BatchBackend::Replies> BatchBackend::submit(const host::Host& host,
                                                   std::span<const SubmitOrder> orders) const {
  const std::string mark = new_mark();
  const SubmitLimits limits = submit_limits();
  const auto output =
      host.run(prologue_ + submit_text(host.uri().playground, mark, limits, orders),
               time_of(limits));
  if (!output) return pass(output.error());
  return read_submit(output->out, mark);
}

// What a `find` has looked at and not taken for a yes, or what was a refusal: nothing of it is left.
bool BatchBackend::wants_anew(const SubmitReply& reply) const {
  if (reply.word == SubmitWord::tombstone) return true;
  if (reply.word != SubmitWord::existing) return false;
  const auto answer = scheduler_->read_submission(reply.output);
  if (std::holds_alternative<Submitted>(answer)) return false;
  return reply.buried || (std::holds_alternative<Refused>(answer) && !reply.timed_out);
}

auto BatchBackend::to_result(const SubmitReply& reply, const std::string& playground) const
    -> StartResult {
  switch (reply.word) {
    case SubmitWord::later:
    case SubmitWord::failed: return Refused{false, reply.why};
    case SubmitWord::underway: return InDoubt{"an earlier submission of it has no answer yet"};
    case SubmitWord::tombstone: return InDoubt{"it was looked for just now"};
    case SubmitWord::answered:
    case SubmitWord::existing: break;
  }
  auto answer = scheduler_->read_submission(reply.output);
  if (auto* submitted = std::get_if<Submitted>(&answer)) {
    JobState state;
    state.id = std::move(submitted->id);
    state.own = std::move(submitted->own);
    state.playground = playground;
    state.submitted_ms = unix_milliseconds(wall_now());
    return Started{std::move(state)};
  }
  if (reply.timed_out) return InDoubt{"the submit command did not end in time and was killed"};
  if (auto* refused = std::get_if<Refused>(&answer)) return std::move(*refused);
  return std::move(std::get<InDoubt>(answer));
}

auto BatchBackend::start(const StartRequest& request) -> StartResult {
  return std::move(start_many({&request, 1}).front());
}

auto BatchBackend::start_many(std::span<const StartRequest> requests) -> std::vector<StartResult> {
  std::vector<StartResult> results(requests.size(), InDoubt{"not asked"});
  if (requests.empty()) return results;
  const HostUri& uri = requests.front().host;  // all are of one host
  for (const Doing doing : {Doing::submit, Doing::find})
    if (slow_just_now(uri, doing))
      return std::vector<StartResult>(
          requests.size(), Refused{false, "the scheduler took long over another question a moment ago"});
  std::vector<SubmitOrder> orders;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const StartRequest& request = requests[i];
    if (!host::is_token(request.token)) {
      results[i] = Refused{true, "not a token: " + one_line(request.token, 80)};
      continue;
    }
    const auto playground = host::playground_of(uri, request.token);
    const auto submission = scheduler_->submission(request, playground);
    if (!submission) {
      results[i] = Refused{true, submission.error().text()};
      continue;
    }
    places[request.token] = i;
    orders.push_back({request.token, host::render(script_of(request, playground, *submission)),
                      submission->command, false});
  }
  if (orders.empty()) return results;
  const host::Host host = connect(uri);
  const Patience patience(start_time);
  auto replies = submit(host, orders);
  if (!replies) note_slow(uri, Doing::submit);  // the others that wait would fare no better
  if (replies) {
    std::vector<SubmitOrder> again;
    for (auto& order : orders) {
      const auto it = replies->find(order.token);
      if (it == replies->end() || !wants_anew(it->second)) continue;
      order.anew = true;
      again.push_back(order);
    }
    const Milliseconds needed = time_of(submit_limits());
    if (!again.empty() && patience.for_one(needed) == needed) {
      auto second = submit(host, again);
      for (const auto& order : again) replies->erase(order.token);
      if (second) replies->merge(*second);
    }
  }
  for (const auto& order : orders) {
    StartResult& result = results[places[order.token]];
    if (!replies) {
      result = InDoubt{replies.error().text()};
      continue;
    }
    const auto it = replies->find(order.token);
    if (it == replies->end()) {
      result = InDoubt{"the answer about this submission did not arrive whole"};
      continue;
    }
    result = to_result(it->second, host::playground_of(uri, order.token).path);
    if (it->second.slow) note_slow(uri, Doing::submit);
  }
  return results;
}

}  // namespace ketrew::sdk::batch
