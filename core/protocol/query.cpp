#include "core/protocol/query.hpp"

#include "core/protocol/fields.hpp"

namespace ketrew::protocol {
namespace {

Result<JobParams> job_from(const Fields& fields) {
  auto token = fields.token("id");
  if (!token) return pass(token.error());
  auto state = fields.any("state");
  if (!state) return pass(state.error());
  auto host = fields.text("host");
  if (!host) return pass(host.error());
  return JobParams{std::move(*token), std::move(*state), std::move(*host)};
}

std::string open_job(const JobParams& params) {
  std::string out;
  append_text(out, R"({"id":)", params.token);
  out += R"(,"state":)" + params.state.text;
  append_text(out, R"(,"host":)", params.host);
  return out;
}

}  // namespace

std::string to_text(const JobParams& params) { return open_job(params) + '}'; }

Result<JobParams> job_params_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  return job_from(*fields);
}

std::string to_text(const QueryParams& params) {
  std::string out = open_job(params.job);
  append_text(out, R"(,"name":)", params.name);
  out += R"(,"offset":)" + std::to_string(params.offset);
  out += R"(,"limit":)" + std::to_string(params.limit);
  return out + '}';
}

Result<QueryParams> query_params_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  auto job = job_from(*fields);
  if (!job) return pass(job.error());
  QueryParams params{std::move(*job), {}};
  auto name = fields->text("name");
  if (!name) return pass(name.error());
  params.name = std::move(*name);
  const auto offset = fields->integer("offset", 0, INT64_MIN, INT64_MAX);
  if (!offset) return pass(offset.error());
  params.offset = *offset;
  const auto limit = fields->integer("limit", params.limit, 1, INT64_MAX);
  if (!limit) return pass(limit.error());
  params.limit = *limit;
  return params;
}

std::string queries_to_text(const std::vector<QueryDescription>& queries) {
  std::string out = R"({"queries":[)";
  for (const QueryDescription& query : queries) {
    if (out.back() != '[') out += ',';
    append_text(out, R"({"name":)", query.name);
    append_text(out, R"(,"description":)", query.description);
    out += '}';
  }
  return out + "]}";
}

Result<std::vector<QueryDescription>> queries_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  const auto parts = fields->list("queries");
  if (!parts) return pass(parts.error());
  std::vector<QueryDescription> queries;
  for (const std::string_view part : *parts) {
    const auto entry = Fields::of(part);
    if (!entry) return pass(entry.error());
    auto name = entry->text("name");
    if (!name) return pass(name.error());
    queries.push_back({std::move(*name), entry->text_or_empty("description")});
  }
  return queries;
}

std::string to_text(const QueryAnswer& answer) {
  std::string out;
  append_bytes(out, R"({"text":)", answer.text);
  out += R"(,"offset":)" + std::to_string(answer.offset);
  if (answer.size) out += R"(,"size":)" + std::to_string(*answer.size);
  return out + '}';
}

Result<QueryAnswer> query_answer_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  QueryAnswer answer;
  auto bytes = fields->bytes("text");
  if (!bytes) return pass(bytes.error());
  answer.text = std::move(*bytes);
  const auto offset = fields->integer("offset", 0, 0, INT64_MAX);
  if (!offset) return pass(offset.error());
  answer.offset = *offset;
  if (fields->has("size")) {
    const auto size = fields->integer("size", 0, 0, INT64_MAX);
    if (!size) return pass(size.error());
    answer.size = *size;
  }
  return answer;
}

std::string log_to_text(const std::vector<LogValue>& values) {
  std::string out = R"({"values":[)";
  for (const LogValue& value : values) {
    if (out.back() != '[') out += ',';
    append_text(out, R"({"label":)", value.label);
    append_text(out, R"(,"value":)", value.value);
    out += '}';
  }
  return out + "]}";
}

Result<std::vector<LogValue>> log_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  const auto parts = fields->list("values");
  if (!parts) return pass(parts.error());
  std::vector<LogValue> values;
  for (const std::string_view part : *parts) {
    const auto entry = Fields::of(part);
    if (!entry) return pass(entry.error());
    auto label = entry->text("label");
    if (!label) return pass(label.error());
    values.push_back({std::move(*label), entry->text_or_empty("value")});
  }
  return values;
}

}  // namespace ketrew::protocol
