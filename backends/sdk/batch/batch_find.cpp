// `find`: in the playground, in the queue, in the history.
#include "backends/sdk/batch/batch_backend.hpp"

#include "core/base/text.hpp"

namespace ketrew::sdk::batch {
namespace {

JobState found_state(const FindRequest& request, std::string id, Json own = Json::object()) {
  JobState state;
  state.id = std::move(id);
  state.own = std::move(own);
  state.playground = host::playground_of(request.host, request.token).path;
  return state;
}

// Of several jobs of one token (an answer was lost, and it was submitted again) one that has not
// ended: the other copy ran nothing, or will run nothing.
const Row* row_of(const Answer& answer, const std::string& token) {
  const Row* best = nullptr;
  for (const Row& row : answer.rows) {
    if (row.token != token) continue;
    if (!best || std::holds_alternative<observed::Ended>(best->observation)) best = &row;
  }
  return best;
}

}  // namespace

auto BatchBackend::to_result(const FindRequest& request, const Finding& finding,
                             const Answer& answer) const -> FindResult {
  const Row* row = row_of(answer, request.token);
  const auto* doubt = row ? std::get_if<observed::CannotTell>(&row->observation) : nullptr;
  if (doubt && row->id.empty()) return CannotTell{doubt->reason};
  if (row) return Found{found_state(request, row->id, row->own)};
  if (!answer.healthy) return CannotTell{answer.problem};
  Evidence evidence = answer.evidence;
  const std::string stand = finding.submitting == Submitting::never
                                ? "never submitted from there"
                                : "submitted from there, without a yes";
  evidence.words += (evidence.words.empty() ? "" : "; ") + std::string("its playground: no claim, ") +
                    stand;
  return Absent{std::move(evidence)};
}

auto BatchBackend::find(const FindRequest& request) -> FindResult {
  return std::move(find_many({&request, 1}).front());
}

auto BatchBackend::find_many(std::span<const FindRequest> requests) -> std::vector<FindResult> {
  std::vector<FindResult> results(requests.size(), CannotTell{"not a token"});
  std::vector<std::string> tokens;
  for (const auto& request : requests)
    if (host::is_token(request.token)) tokens.push_back(request.token);
  if (tokens.empty()) return results;
  const HostUri& uri = requests.front().host;  // all are of one host
  if (slow_just_now(uri, Doing::find))
    return std::vector<FindResult>(
        requests.size(), CannotTell{"the scheduler took long over another search a moment ago"});
  const host::Host host = connect(uri);
  const Patience patience(find_time);
  const std::string mark = new_mark();
  const auto output =
      host.run(finding_text(uri.playground, mark, submit_limits().one_seconds, tokens),
               patience.for_one(host.timeout()));
  if (patience.is_short(find_time)) note_slow(uri, Doing::find);
  if (!output)
    return std::vector<FindResult>(requests.size(), CannotTell{output.error().text()});
  const auto findings = read_findings(output->out, mark);

  std::vector<FindRequest> open;
  std::vector<std::pair<std::size_t, const Finding*>> of;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const FindRequest& request = requests[i];
    const auto it = findings.find(request.token);
    if (it == findings.end()) {
      if (host::is_token(request.token))
        results[i] = CannotTell{"the host's answer does not mention it"};
      continue;
    }
    const Finding& finding = it->second;
    const Look& look = finding.look;
    if (look.claim == FileSeen::here && !look.claimed.mark.empty()) {
      results[i] = Found{found_state(request, look.claimed.mark)};
      continue;
    }
    if (finding.submitting == Submitting::answered) {
      auto answer = scheduler_->read_submission(finding.answer);
      if (auto* submitted = std::get_if<Submitted>(&answer)) {
        results[i] =
            Found{found_state(request, std::move(submitted->id), std::move(submitted->own))};
        continue;
      }
    }
    if (look.claim != FileSeen::absent) {
      // It runs or ran; `update` finds out under which id.
      results[i] = look.claim == FileSeen::unreadable
                       ? FindResult(CannotTell{"its claim cannot be read"})
                       : FindResult(Found{found_state(request, "")});
    } else if (finding.submitting == Submitting::unknown) {
      results[i] = CannotTell{"its playground cannot be read or written"};
    } else if (finding.submitting == Submitting::underway) {
      results[i] = CannotTell{"a submission of it may still be under way"};
    } else {
      open.push_back(request);
      of.emplace_back(i, &finding);
    }
  }
  if (open.empty()) return results;
  const Answer answer = ask_tokens(host, open, patience);
  if (patience.is_short(find_time)) note_slow(uri, Doing::find);
  for (std::size_t i = 0; i < open.size(); ++i)
    results[of[i].first] = to_result(open[i], *of[i].second, answer);
  return results;
}

}  // namespace ketrew::sdk::batch
