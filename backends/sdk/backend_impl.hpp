// The bodies of `Backend<State>`: included by backend.hpp only.
#pragma once

#include <concepts>

#include "backends/sdk/backend.hpp"
#include "backends/sdk/state_text.hpp"
#include "backends/sdk/wire.hpp"

namespace ketrew::sdk {
namespace impl {

// Calls `one` for each request; what it throws becomes `doubt` of that request alone.
template <class Answer, class Doubt, class Request, class One>
std::vector<Answer> one_by_one(std::span<const Request> requests, One one) {
  std::vector<Answer> answers;
  answers.reserve(requests.size());
  for (const Request& request : requests) {
    try {
      answers.push_back(one(request));
    } catch (...) {
      answers.push_back(Doubt{current_exception_text()});
    }
  }
  return answers;
}

}  // namespace impl

template <class State>
auto Backend<State>::start_many(std::span<const StartRequest> requests)
    -> std::vector<StartResult> {
  return impl::one_by_one<StartResult, InDoubt>(
      requests, [this](const StartRequest& request) { return start(request); });
}

template <class State>
auto Backend<State>::find_many(std::span<const FindRequest> requests) -> std::vector<FindResult> {
  return impl::one_by_one<FindResult, CannotTell>(
      requests, [this](const FindRequest& request) { return find(request); });
}

template <class State>
std::vector<QueryDescription> Backend<State>::queries(const HostUri&, const State&) {
  return {};
}

template <class State>
Result<QueryAnswer> Backend<State>::query(const HostUri&, const std::string&, const State&,
                                          const QueryRequest& request) {
  return fail(ErrorKind::internal, "query \"" + request.name + "\" is listed, but not written");
}

template <class State>
std::vector<LogValue> Backend<State>::log(const HostUri&, const std::string&, const State&) {
  return {};
}

template <class State>
std::string Backend<State>::state_text(const State& state) const {
  std::string text;
  append_state(text, state_version(), Json(state));
  return text;
}

template <class State>
Result<State> Backend<State>::state_from(std::string_view text) try {
  auto json = read_state(text, state_version(),
                         [this](int from, Json old) { return migrate(from, std::move(old)); });
  if (!json) return pass(json.error());
  return json->template get<State>();
} catch (...) {
  return fail(ErrorKind::corrupt, "cannot read the job's state: " + current_exception_text());
}

template <class State>
Result<std::string> Backend<State>::initialize_text(std::string_view request) {
  auto parsed = setup_from(request);
  if (!parsed) return pass(parsed.error());
  setup_ = std::move(*parsed);
  if (auto done = initialize(setup_); !done) return pass(done.error());
  return describe(backend_name(), backend_version(), capabilities(), options().json(),
                  far_options().json());
}

template <class State>
Result<std::string> Backend<State>::start_text(std::string_view request) {
  const auto texts = requests_from(request);
  if (!texts) return pass(texts.error());
  std::vector<StartRequest> requests;
  std::vector<StartResult> answers(texts->size(), InDoubt{"the backend did not answer"});
  std::vector<std::size_t> places;  // in `answers`, of each of `requests`
  for (std::size_t i = 0; i < texts->size(); ++i) {
    if (auto one = start_request_from((*texts)[i]); one) {
      requests.push_back(std::move(*one));
      places.push_back(i);
    } else {
      answers[i] = Refused{true, one.error().text()};  // never looked at: nothing was started
    }
  }
  try {
    auto given = requests.empty() ? std::vector<StartResult>{} : start_many(requests);
    for (std::size_t i = 0; i < given.size() && i < places.size(); ++i)
      answers[places[i]] = std::move(given[i]);
  } catch (...) {
    for (const std::size_t place : places) answers[place] = InDoubt{current_exception_text()};
  }
  std::string out;
  for (StartResult& answer : answers) {
    if (auto* started = std::get_if<Started>(&answer)) {
      const std::size_t before = out.size();
      try {
        out += R"({"answer":"started","state":)";
        append_state(out, state_version(), Json(started->state));
        out += '}';
      } catch (...) {
        out.resize(before);
        out += protocol::to_text(InDoubt{"cannot write its state: " + current_exception_text()});
      }
    } else if (auto* refused = std::get_if<Refused>(&answer)) {
      out += protocol::to_text(std::move(*refused));
    } else {
      out += protocol::to_text(std::move(std::get<InDoubt>(answer)));
    }
    out += ',';
  }
  return array_answer(std::move(out));
}

template <class State>
Result<std::string> Backend<State>::find_text(std::string_view request) {
  const auto texts = requests_from(request);
  if (!texts) return pass(texts.error());
  std::vector<FindRequest> requests;
  std::vector<FindResult> answers(texts->size(), CannotTell{"the backend did not answer"});
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < texts->size(); ++i) {
    if (auto one = find_request_from((*texts)[i]); one) {
      requests.push_back(std::move(*one));
      places.push_back(i);
    } else {
      answers[i] = CannotTell{one.error().text()};
    }
  }
  try {
    auto given = requests.empty() ? std::vector<FindResult>{} : find_many(requests);
    for (std::size_t i = 0; i < given.size() && i < places.size(); ++i)
      answers[places[i]] = std::move(given[i]);
  } catch (...) {
    for (const std::size_t place : places) answers[place] = CannotTell{current_exception_text()};
  }
  std::string out;
  for (FindResult& answer : answers) {
    if (auto* found = std::get_if<Found>(&answer)) {
      try {
        out += protocol::to_text(protocol::Found{{state_text(found->state)}});
      } catch (...) {
        out += protocol::to_text(CannotTell{"cannot write its state: " + current_exception_text()});
      }
    } else if (auto* absent = std::get_if<Absent>(&answer)) {
      out += protocol::to_text(std::move(*absent));
    } else {
      out += protocol::to_text(std::move(std::get<CannotTell>(answer)));
    }
    out += ',';
  }
  return array_answer(std::move(out));
}

template <class State>
Result<std::string> Backend<State>::update_text(std::string_view request) {
  const auto parsed = jobs_request_from(request);
  if (!parsed) return pass(parsed.error());
  std::string out;
  std::vector<Job> jobs;
  std::vector<std::string_view> before;  // of each of `jobs`, its state as JSON text
  // Most states stay as they are: where that can be seen, they are not written down to see it.
  const std::string of_today = R"({"version":)" + std::to_string(state_version()) + ',';
  std::vector<std::optional<State>> read;
  for (const auto& entry : parsed->jobs) {
    if (auto state = state_from(entry.state); state) {
      if constexpr (std::equality_comparable<State>)
        read.push_back(entry.state.substr(0, of_today.size()) == of_today ? std::optional(*state)
                                                                          : std::nullopt);
      jobs.push_back({entry.token, std::move(*state)});
      before.emplace_back(entry.state);
    } else {
      append_update(out, entry.token, observed::CannotTell{state.error().text(), {}}, {});
    }
  }
  std::string broken;
  try {
    if (!jobs.empty()) update(parsed->host, jobs);
  } catch (...) {
    broken = current_exception_text();  // some may be right, but nobody knows which
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!broken.empty()) {
      append_update(out, jobs[i].token, observed::CannotTell{broken, {}}, {});
      continue;
    }
    try {
      bool same = false;
      if constexpr (std::equality_comparable<State>) same = read[i] && *read[i] == jobs[i].state;
      std::string state = same ? std::string() : state_text(jobs[i].state);
      if (!same && same_json(state, before[i])) state.clear();
      append_update(out, jobs[i].token, jobs[i].observation, state);
    } catch (...) {
      append_update(out, jobs[i].token,
                    observed::CannotTell{"cannot write its state: " + current_exception_text(), {}},
                    {});
    }
  }
  return jobs_answer(std::move(out));
}

template <class State>
Result<std::string> Backend<State>::kill_text(std::string_view request) {
  const auto parsed = jobs_request_from(request);
  if (!parsed) return pass(parsed.error());
  std::string out;
  std::vector<KillJob> jobs;
  for (const auto& entry : parsed->jobs) {
    if (auto state = state_from(entry.state); state)
      jobs.push_back({entry.token, std::move(*state)});
    else
      append_kill(out, entry.token, KillWord::cannot_tell, state.error().text());
  }
  std::string broken;
  try {
    if (!jobs.empty()) kill(parsed->host, jobs);
  } catch (...) {
    broken = current_exception_text();
  }
  for (const KillJob& job : jobs)
    append_kill(out, job.token, broken.empty() ? job.answer : KillWord::cannot_tell,
                broken.empty() ? job.why : broken);
  return jobs_answer(std::move(out));
}

template <class State>
Result<std::string> Backend<State>::queries_text(std::string_view request) {
  const auto job = job_request_from(request);
  if (!job) return pass(job.error());
  const auto state = state_from(job->state);
  if (!state) return pass(state.error());
  return protocol::queries_to_text(queries(job->host, *state));
}

template <class State>
Result<std::string> Backend<State>::query_text(std::string_view request) {
  const auto parsed = named_query_from(request);
  if (!parsed) return pass(parsed.error());
  const JobRequest& job = parsed->job;
  const auto state = state_from(job.state);
  if (!state) return pass(state.error());
  std::vector<std::string> names;
  for (const auto& known : queries(job.host, *state)) {
    names.push_back(known.name);
    if (known.name != parsed->query.name) continue;
    const auto answer = query(job.host, job.token, *state, parsed->query);
    if (!answer) return pass(answer.error());
    return protocol::to_text(*answer);
  }
  return fail(ErrorKind::invalid, "no query \"" + one_line(parsed->query.name, 60) + "\"",
              names.empty() ? "this job has none" : "it has " + join(names, ", "));
}

template <class State>
Result<std::string> Backend<State>::log_text(std::string_view request) {
  const auto job = job_request_from(request);
  if (!job) return pass(job.error());
  const auto state = state_from(job->state);
  if (!state) return pass(state.error());
  return protocol::log_to_text(log(job->host, job->token, *state));
}

template <class State>
Result<std::string> Backend<State>::check_text(std::string_view) {
  return protocol::checks_to_text(check());
}

template <class State>
Result<std::string> Backend<State>::inventory_text(std::string_view request) {
  const auto host = inventory_host_from(request);
  if (!host) return pass(host.error());
  return protocol::inventory_to_text(inventory(*host));
}

template <class State>
Result<std::string> Backend<State>::shutdown_text(std::string_view) {
  shutdown();
  return "{}";
}

}  // namespace ketrew::sdk
