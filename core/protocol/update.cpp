#include "core/protocol/update.hpp"

#include "core/protocol/entries.hpp"

namespace ketrew::protocol {

void begin_jobs(std::string& out, std::string_view host) {
  append_text(out, R"({"host":)", host);
  out += R"(,"jobs":[)";
}

void append_job(std::string& out, std::string_view token, std::string_view state_text) {
  if (out.back() != '[') out += ',';
  append_text(out, R"({"id":)", token);
  out += R"(,"state":)";
  out += state_text.empty() ? std::string_view("null") : state_text;
  out += '}';
}

void end_jobs(std::string& out) { out += "]}"; }

void append_params(std::string& out, const JobsParams& params) {
  begin_jobs(out, params.host);
  for (const JobState& job : params.jobs) append_job(out, job.token, job.state.text);
  end_jobs(out);
}

Result<JobsParams> jobs_params_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  auto host = fields->text("host");
  if (!host) return pass(host.error());
  const auto parts = fields->list("jobs");
  if (!parts) return pass(parts.error());
  JobsParams params{std::move(*host), {}};
  params.jobs.reserve(parts->size());
  for (const std::string_view part : *parts) {
    const auto entry = Fields::of(part);
    if (!entry) return fail(ErrorKind::invalid, "an entry of \"jobs\" is not an object");
    auto token = entry->token("id");
    if (!token) return fail(std::move(token.error()), "an entry of \"jobs\"");
    params.jobs.push_back(
        {std::move(*token), {std::string(entry->find("state").value_or("null"))}});
  }
  return params;
}

void append_observation(std::string& out, const JobObservation& job) {
  append_text(out, R"({"id":)", job.token);
  out += ',';
  // The observation's own object, its members put into ours.
  out.append(raw(to_json(job.observation)).text, 1);
  out.pop_back();
  if (job.state) {
    out += R"(,"state":)";
    out += job.state->text;
  }
  out += '}';
}

std::string to_text(std::span<const JobObservation> jobs) {
  std::string out = R"({"jobs":[)";
  for (const JobObservation& job : jobs) {
    if (out.back() != '[') out += ',';
    append_observation(out, job);
  }
  return out + "]}";
}

std::vector<JobObservation> update_answer_from(std::string_view text,
                                               std::span<const std::string> asked) {
  std::vector<JobObservation> jobs(asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) jobs[i].token = asked[i];
  const auto miss = [&](std::size_t place, std::string why) {
    jobs[place].observation = observed::CannotTell{std::move(why), {}};
    jobs[place].state.reset();
  };
  std::string observed;
  match_entries(
      text, asked,
      [&](std::size_t place, const Fields& entry) {
        observed = "{";  // without the state, which stays text
        for (const Member& member : entry.all()) {
          if (member.key == "state" || member.key == "id") continue;
          if (observed.size() > 1) observed += ',';
          append_json_string(observed, member.key);
          observed += ':';
          observed += member.value;
        }
        observed += '}';
        auto observation = observation_from_json(Json::parse(observed, nullptr, false));
        if (!observation)
          return miss(place, "the backend's answer cannot be read: " + observation.error().text());
        jobs[place].observation = std::move(*observation);
        if (const auto state = entry.find("state"))
          jobs[place].state = RawJson{std::string(*state)};
      },
      miss);
  return jobs;
}

}  // namespace ketrew::protocol
