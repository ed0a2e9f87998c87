#include "backends/sdk/wire.hpp"

namespace ketrew::sdk {
namespace {

Result<Json> parse_object(std::string_view text, const char* name) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    return fail(ErrorKind::invalid, std::string("\"") + name + "\" is not an object");
  return json;
}

// Jobs come by the thousand with the same host: it is taken apart once.
Result<HostUri> host_from(const std::string& text) {
  thread_local std::string last_text;
  thread_local HostUri last;
  if (text == last_text && !text.empty()) return last;
  auto host = parse_host_uri(text);
  if (host) {
    last_text = text;
    last = *host;
  }
  return host;
}

Result<JobRequest> job_request_of(protocol::JobParams params) {
  auto host = host_from(params.host);
  if (!host) return pass(host.error());
  return JobRequest{std::move(params.token), std::move(*host), std::move(params.state.text)};
}

std::string closed(std::string entries, const char* end) {
  if (!entries.empty() && entries.back() == ',') entries.pop_back();
  entries += end;
  return entries;
}

}  // namespace

Result<Setup> setup_from(std::string_view text) {
  auto params = protocol::initialize_params_from(text);
  if (!params) return pass(params.error());
  auto options = parse_object(params->options.text, "options");
  if (!options) return pass(options.error());
  return Setup{std::move(params->name), std::move(*options), std::move(params->home)};
}

std::string describe(const std::string& name, const std::string& version,
                     const Capabilities& capabilities, const Json& schema,
                     const Json& far_schema) {
  return protocol::to_text(protocol::InitializeResult{
      name, version, capabilities, protocol::raw(schema),
      far_schema == schema ? protocol::RawJson{} : protocol::raw(far_schema)});
}

Result<std::vector<std::string_view>> requests_from(std::string_view text) {
  auto parts = protocol::scan_checked_array(text);
  if (!parts) return fail(std::move(parts.error()), "a list of requests");
  return parts;
}

Result<StartRequest> start_request_from(std::string_view text) {
  auto params = protocol::start_params_from(text);
  if (!params) return pass(params.error());
  StartRequest request;
  const Json program = Json::parse(params->program.text, nullptr, false);
  auto parsed = program_from_json(program);
  if (!parsed) return pass(parsed.error());
  request.program = std::move(*parsed);
  auto options = parse_object(params->options.text, "options");
  if (!options) return pass(options.error());
  request.options = std::move(*options);
  auto host = host_from(params->host);
  if (!host) return pass(host.error());
  request.host = std::move(*host);
  request.token = std::move(params->token);
  request.job = std::move(params->job);
  return request;
}

Result<FindRequest> find_request_from(std::string_view text) {
  auto params = protocol::find_params_from(text);
  if (!params) return pass(params.error());
  auto options = parse_object(params->options.text, "options");
  if (!options) return pass(options.error());
  auto host = host_from(params->host);
  if (!host) return pass(host.error());
  return FindRequest{std::move(params->token), std::move(*host), std::move(*options)};
}

Result<JobsRequest> jobs_request_from(std::string_view text) {
  const auto members = protocol::scan_checked_object(text);
  if (!members) return pass(members.error());
  const auto host_text = members->find("host");
  const auto jobs_text = members->find("jobs");
  if (!host_text || !jobs_text) return fail(ErrorKind::invalid, "no \"host\" or no \"jobs\"");
  auto host = host_from(protocol::scan_string(*host_text).value_or(""));
  if (!host) return pass(host.error());
  const auto parts = protocol::scan_checked_array(*jobs_text);
  if (!parts) return fail(ErrorKind::invalid, "\"jobs\" is not a list");
  JobsRequest request{std::move(*host), {}};
  request.jobs.reserve(parts->size());
  for (const std::string_view part : *parts) {
    const auto job = protocol::scan_checked_object(part);
    if (!job) return fail(ErrorKind::invalid, "an entry of \"jobs\" is not an object");
    auto token = protocol::scan_string(job->find("id").value_or(""));
    if (!token || !protocol::is_token(*token))
      return fail(ErrorKind::invalid, "an entry of \"jobs\" without a token as its \"id\"");
    request.jobs.push_back({std::move(*token), job->find("state").value_or("null")});
  }
  return request;
}

Result<HostUri> inventory_host_from(std::string_view text) {
  const auto params = protocol::inventory_params_from(text);
  if (!params) return pass(params.error());
  return host_from(params->host);
}

Result<JobRequest> job_request_from(std::string_view text) {
  auto params = protocol::job_params_from(text);
  if (!params) return pass(params.error());
  return job_request_of(std::move(*params));
}

Result<NamedQuery> named_query_from(std::string_view text) {
  auto params = protocol::query_params_from(text);
  if (!params) return pass(params.error());
  auto job = job_request_of(std::move(params->job));
  if (!job) return pass(job.error());
  return NamedQuery{std::move(*job), {std::move(params->name), params->offset, params->limit}};
}

bool same_json(std::string_view a, std::string_view b) {
  return a == b || Json::parse(a, nullptr, false) == Json::parse(b, nullptr, false);
}

void append_update(std::string& out, std::string_view token, const Observation& observation,
                   std::string_view state) {
  protocol::JobObservation job{std::string(token), observation, {}};
  if (!state.empty()) job.state = protocol::RawJson{std::string(state)};
  protocol::append_observation(out, job);
  out += ',';
}

void append_kill(std::string& out, std::string_view token, KillWord word, std::string_view why) {
  protocol::append_kill(out, {std::string(token), word, std::string(why)});
  out += ',';
}

std::string jobs_answer(std::string entries) {
  return R"({"jobs":[)" + closed(std::move(entries), "]}");
}

std::string array_answer(std::string entries) { return "[" + closed(std::move(entries), "]"); }

std::string current_exception_text() noexcept try {
  try {
    throw;
  } catch (const std::exception& error) {
    return one_line(error.what());
  } catch (...) {
    return "an exception of an unknown type";
  }
} catch (...) {
  return {};
}

}  // namespace ketrew::sdk
