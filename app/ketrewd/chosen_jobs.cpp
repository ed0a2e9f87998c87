#include "app/ketrewd/chosen_jobs.hpp"

#include "app/ketrewd/request_json.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t most_jobs = 1'000'000;

template <class Predicate>
std::vector<State> states_that(Predicate predicate) {
  std::vector<State> states;
  for (const State state : all_states)
    if (predicate(state)) states.push_back(state);
  return states;
}

}  // namespace

Result<ChosenJobs> chosen_jobs_from(const Request& request) {
  ChosenJobs chosen;
  chosen.now = wall_now();
  if (request.segments.size() == 4) {
    chosen.ids = {request.segments[2]};
    return chosen;
  }
  const auto body = parse_request_json(request.body);
  if (!body) return pass(body.error());
  const auto expected = [] {
    return fail(ErrorKind::invalid, "the body is not {\"ids\": [ID, ...]} or {\"where\": FILTER}");
  };
  if (!body->is_object() || body->contains("ids") == body->contains("where")) return expected();
  if (body->contains("where")) {
    const Json& where = body->at("where");
    if (!where.is_string()) return expected();
    auto filter = filter::parse(where.get<std::string>());
    if (!filter) return pass(filter.error());
    chosen.where = std::move(*filter);
    return chosen;
  }
  const Json& ids = body->at("ids");
  if (!ids.is_array() || ids.empty()) return expected();
  for (const Json& id : ids) {
    if (!id.is_string()) return fail(ErrorKind::invalid, "\"ids\" has something that is no string");
    chosen.ids.push_back(id.get<std::string>());
  }
  return chosen;
}

Result<std::vector<JobKey>> keys_of(store::Reader& reader, const ChosenJobs& chosen,
                                    std::vector<State> states) {
  std::vector<JobKey> keys;
  if (chosen.where) {
    store::Selection selection;
    selection.where = chosen.where;
    selection.where_now = chosen.now;
    selection.states = std::move(states);
    selection.limit = most_jobs;
    const auto found = reader.list_brief(selection);
    if (!found) return pass(found.error());
    for (auto job = found->rbegin(); job != found->rend(); ++job) keys.push_back(job->key);
    return keys;
  }
  for (const auto& id : chosen.ids) {
    const auto key = reader.resolve(id);
    if (!key) return pass(key.error());
    keys.push_back(*key);
  }
  return keys;
}

std::vector<State> unfinished_states() {
  return states_that([](State state) { return !is_final(state); });
}
std::vector<State> final_states() { return states_that(is_final); }
std::vector<State> failed_states() {
  return states_that([](State state) { return status_of(state) == Status::failed; });
}

}  // namespace ketrew::daemon
