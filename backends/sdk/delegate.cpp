#include "backends/sdk/delegate.hpp"

#include <cstddef>

#include "backends/sdk/wire.hpp"

namespace ketrew::sdk {
namespace {

void append_to(void* context, const char* data, std::size_t size) {
  static_cast<std::string*>(context)->append(data, size);
}
ketrew_sink sink_of(std::string& text) { return {&text, &append_to}; }

bool has(const ketrew_backend_functions* functions, ketrew_call ketrew_backend_functions::*method) {
  const auto* base = reinterpret_cast<const char*>(functions);
  const auto* member = reinterpret_cast<const char*>(&(functions->*method));
  return static_cast<std::size_t>(member - base) + sizeof(ketrew_call) <= functions->size &&
         functions->*method != nullptr;
}

Result<Json> parsed(const Result<std::string>& text) {
  if (!text) return pass(text.error());
  Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object()) return fail(ErrorKind::internal, "the base backend answered no object");
  return json;
}

std::string dumped(const Json& json) { return protocol::raw(json).text; }

}  // namespace

Delegate::~Delegate() {
  if (instance_) functions_->destroy(instance_);
}

Result<> Delegate::initialize(Setup&) { return {}; }
std::vector<QueryDescription> Delegate::more_queries(const JobContext&) { return {}; }
Result<QueryAnswer> Delegate::more_query(const JobContext&, const QueryRequest& request) {
  return fail(ErrorKind::internal, "query \"" + request.name + "\" is listed, but not written");
}
std::vector<LogValue> Delegate::more_log(const JobContext&) { return {}; }

Result<std::string> Delegate::ask(ketrew_call ketrew_backend_functions::*method,
                                  std::string_view request) const {
  if (!instance_) return fail(ErrorKind::internal, "asked before initialize");
  if (!has(functions_, method)) return fail(ErrorKind::not_found, "\"" + base_ + "\" cannot do it");
  std::string answer;
  const ketrew_status status =
      (functions_->*method)(instance_, {request.data(), request.size()}, sink_of(answer));
  if (status == KETREW_OK) return answer;
  const ErrorKind kind = status == KETREW_INVALID          ? ErrorKind::invalid
                         : status == KETREW_UNKNOWN_METHOD ? ErrorKind::not_found
                                                           : ErrorKind::internal;
  return fail(kind, std::move(answer));
}

Result<std::string> Delegate::initialize_text(std::string_view request) {
  auto setup = setup_from(request);
  if (!setup) return pass(setup.error());
  if (auto done = initialize(*setup); !done) return pass(done.error());
  const ketrew_backend_descriptor* found = services().find_module(base_);
  if (!found)
    return fail(ErrorKind::not_found, "the backend \"" + base_ + "\" was not loaded before",
                "name it under `requires` in backend.yaml");
  functions_ = found->functions;
  std::string error;
  if (functions_->create(services().table(), &instance_, sink_of(error)) != KETREW_OK)
    return fail(ErrorKind::internal, "\"" + base_ + "\": " + error);
  const protocol::InitializeParams params{setup->name, protocol::raw(setup->options), setup->home};
  const auto answer = ask(&ketrew_backend_functions::initialize, protocol::to_text(params));
  auto result = parsed(answer);
  if (!result) return fail(std::move(result.error()), "\"" + base_ + "\"");
  for (const char* schema : {"options_schema", "far_options_schema"})
    if (result->contains(schema)) extend_options((*result)[schema]);
  (*result)["name"] = backend_name();
  (*result)["version"] = backend_version();
  return dumped(*result);
}

Result<std::string> Delegate::start_text(std::string_view request) {
  Json requests = Json::parse(request, nullptr, false);
  if (!requests.is_array()) return fail(ErrorKind::invalid, "no list of requests");
  Json answers(requests.size(), nullptr);
  Json passed = Json::array();
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Result<> ready;
    try {
      ready = before_start(requests[i]);
    } catch (...) {
      ready = fail(ErrorKind::internal, current_exception_text());
    }
    if (ready) {
      passed.push_back(std::move(requests[i]));
      places.push_back(i);
    } else {  // the base was not asked: nothing was started
      answers[i] = Json::parse(protocol::to_text(protocol::Refused{true, ready.error().text()}));
    }
  }
  if (!passed.empty()) {
    const auto given = ask(&ketrew_backend_functions::start, dumped(passed));
    if (!given) return pass(given.error());
    Json list = Json::parse(*given, nullptr, false);
    if (!list.is_array() || list.size() != places.size())
      return fail(ErrorKind::internal, "\"" + base_ + "\" did not answer each start");
    for (std::size_t i = 0; i < places.size(); ++i) answers[places[i]] = std::move(list[i]);
  }
  return dumped(answers);
}

Result<std::string> Delegate::find_text(std::string_view request) {
  return ask(&ketrew_backend_functions::find, request);
}
Result<std::string> Delegate::update_text(std::string_view request) {
  return ask(&ketrew_backend_functions::update, request);
}
Result<std::string> Delegate::kill_text(std::string_view request) {
  return ask(&ketrew_backend_functions::kill, request);
}
Result<std::string> Delegate::shutdown_text(std::string_view request) {
  return ask(&ketrew_backend_functions::shutdown, request);
}
Result<std::string> Delegate::inventory_text(std::string_view request) {
  return ask(&ketrew_backend_functions::inventory, request);
}

namespace {

Result<Delegate::JobContext> context_of(JobRequest job) {
  Json state = Json::parse(job.state, nullptr, false);
  if (state.is_discarded()) return fail(ErrorKind::invalid, "the state is not JSON");
  return Delegate::JobContext{std::move(job.token), std::move(job.host), std::move(state)};
}

}  // namespace

Result<std::string> Delegate::queries_text(std::string_view request) {
  auto job = job_request_from(request);
  if (!job) return pass(job.error());
  const auto context = context_of(std::move(*job));
  if (!context) return pass(context.error());
  const auto answer = ask(&ketrew_backend_functions::queries, request);
  if (!answer) return pass(answer.error());
  auto list = protocol::queries_from(*answer);
  if (!list) return pass(list.error());
  for (QueryDescription& more : more_queries(*context)) {
    std::erase_if(*list, [&](const QueryDescription& known) { return known.name == more.name; });
    list->push_back(std::move(more));
  }
  return protocol::queries_to_text(*list);
}

Result<std::string> Delegate::query_text(std::string_view request) {
  auto named = named_query_from(request);
  if (!named) return pass(named.error());
  const auto context = context_of(std::move(named->job));
  if (!context) return pass(context.error());
  for (const QueryDescription& own : more_queries(*context)) {
    if (own.name != named->query.name) continue;
    const auto answer = more_query(*context, named->query);
    if (!answer) return pass(answer.error());
    return protocol::to_text(*answer);
  }
  return ask(&ketrew_backend_functions::query, request);
}

Result<QueryAnswer> Delegate::base_query(const JobContext& job, const QueryRequest& request) {
  const auto answer = ask(&ketrew_backend_functions::query,
                          protocol::to_text(protocol::QueryParams{
                              {job.token, protocol::raw(job.state), job.host.text()},
                              request.name,
                              request.offset,
                              request.limit}));
  if (!answer) return pass(answer.error());
  return protocol::query_answer_from(*answer);
}

Result<std::string> Delegate::log_text(std::string_view request) {
  auto job = job_request_from(request);
  if (!job) return pass(job.error());
  const auto context = context_of(std::move(*job));
  if (!context) return pass(context.error());
  const auto answer = ask(&ketrew_backend_functions::log, request);
  if (!answer) return pass(answer.error());
  auto values = protocol::log_from(*answer);
  if (!values) return pass(values.error());
  for (LogValue& more : more_log(*context)) values->push_back(std::move(more));
  return protocol::log_to_text(*values);
}

Result<std::string> Delegate::check_text(std::string_view request) {
  const auto answer = ask(&ketrew_backend_functions::check, request);
  if (!answer) return pass(answer.error());
  auto checks = protocol::checks_from(*answer);
  if (!checks) return pass(checks.error());
  for (CheckEntry& more : more_checks()) checks->push_back(std::move(more));
  return protocol::checks_to_text(*checks);
}

}  // namespace ketrew::sdk
