// GET /v1/jobs/{id}/log, /queries and /queries/{name}: what the backend can tell of one job.
#include <charconv>

#include "app/ketrewd/service.hpp"
#include "core/protocol/query.hpp"

namespace ketrew::daemon {
namespace {

// Asks the backend of a job; `then` gets its answer's JSON text.
void ask_backend(Service& service, const std::string& id, const Answer& answer, std::string method,
                 std::function<std::string(protocol::JobParams)> params,
                 std::function<void(std::string)> then) {
  read<JobRecord>(
      service,
      [id](store::Reader& reader) -> Result<JobRecord> {
        const auto key = reader.resolve(id);
        if (!key) return pass(key.error());
        return reader.job(*key);
      },
      [&service, answer, method = std::move(method), params = std::move(params),
       then = std::move(then)](Result<JobRecord> record) {
        if (!record) return answer->problem(record.error());
        protocol::JobParams job;
        job.token = attempt_token(record->id, record->progress.attempt);
        job.state.text = record->progress.backend_state;
        job.host = record->spec.host;
        if (job.state.text.empty())
          return answer->problem(
              {ErrorKind::not_found,
               "job " + record->id.text() + " has no attempt that its backend knows of",
               "it is " + std::string(to_string(record->progress.state)) + ": ask `ketrew why`"});
        service.dispatcher.ask(record->spec.backend, method, params(std::move(job)),
                               [answer, then](Result<std::string> text) {
                                 if (!text) return answer->problem(text.error());
                                 then(std::move(*text));
                               });
      });
}

void bad_answer(const Answer& answer, const Error& error) {
  answer->problem({ErrorKind::unavailable, "the backend's answer makes no sense: " + error.what, ""});
}

bool parse_number(const std::string* text, std::int64_t& value) {
  if (!text) return true;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  return error == std::errc() && end == text->data() + text->size();
}

}  // namespace

void endpoint::log(Service& service, Request request, Responder responder) {
  const Answer answer = answer_later(std::move(responder));
  ask_backend(
      service, request.segments[2], answer, "log",
      [](protocol::JobParams job) { return protocol::to_text(job); },
      [answer](std::string text) {
        const auto values = protocol::log_from(text);
        if (!values) return bad_answer(answer, values.error());
        Json list = Json::array();
        for (const auto& each : *values)
          list.push_back({{"label", bytes_to_json(each.label)}, {"value", bytes_to_json(each.value)}});
        respond_json(*answer, {{"values", std::move(list)}});
      });
}

void endpoint::queries(Service& service, Request request, Responder responder) {
  const Answer answer = answer_later(std::move(responder));
  ask_backend(
      service, request.segments[2], answer, "queries",
      [](protocol::JobParams job) { return protocol::to_text(job); },
      [answer](std::string text) {
        const auto queries = protocol::queries_from(text);
        if (!queries) return bad_answer(answer, queries.error());
        Json list = Json::array();
        for (const auto& each : *queries)
          list.push_back({{"name", each.name}, {"description", each.description}});
        respond_json(*answer, {{"queries", std::move(list)}});
      });
}

void endpoint::query(Service& service, Request request, Responder responder) {
  protocol::QueryParams query;
  query.name = request.segments[4];
  if (!parse_number(request.parameter("offset"), query.offset) ||
      !parse_number(request.parameter("limit"), query.limit) || query.limit < 1)
    return responder.problem({ErrorKind::invalid, "offset and limit take whole numbers", ""});
  query.limit = std::min<std::int64_t>(query.limit, 16 << 20);
  const Answer answer = answer_later(std::move(responder));
  ask_backend(
      service, request.segments[2], answer, "query",
      [query](protocol::JobParams job) mutable {
        query.job = std::move(job);
        return protocol::to_text(query);
      },
      [answer](std::string text) {
        const auto result = protocol::query_answer_from(text);
        if (!result) return bad_answer(answer, result.error());
        Json json{{"text", bytes_to_json(result->text)}, {"offset", result->offset}};
        if (result->size) json["size"] = *result->size;
        respond_json(*answer, json);
      });
}

}  // namespace ketrew::daemon
