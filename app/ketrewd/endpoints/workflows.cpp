// GET /v1/workflows and GET /v1/workflows/{id}
#include <charconv>

#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t most_workflows = 1'000;

Result<Json> workflow_json(store::Reader& reader, const store::WorkflowRecord& record) {
  const auto totals = reader.workflow_totals(record.key);
  if (!totals) return pass(totals.error());
  Json counts = Json::object();
  std::int64_t jobs = totals->never_needed, unfinished = 0, failed = 0;
  for (const State state : all_states) {
    const auto count = totals->states[static_cast<std::size_t>(state)];
    if (count == 0) continue;
    counts[std::string(to_string(state))] = count;
    jobs += count;
    if (!is_final(state)) unfinished += count;
    else if (status_of(state) == Status::failed) failed += count;
  }
  return Json{{"id", record.id.text()},
              {"name", bytes_to_json(record.name)},
              {"file", record.file.empty() ? Json(nullptr) : bytes_to_json(record.file)},
              {"submitted_at", to_rfc3339(record.submitted_at)},
              {"jobs", jobs},
              {"unfinished", unfinished},
              {"failed", failed},
              {"never_needed", totals->never_needed},
              {"totals", std::move(counts)}};
}

Result<std::int64_t> number(const Request& request, const char* name, std::int64_t otherwise) {
  const std::string* text = request.parameter(name);
  if (!text) return otherwise;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < 0)
    return fail(ErrorKind::invalid, std::string(name) + " is not a whole number");
  return value;
}

}  // namespace

void endpoint::workflows(Service& service, Request request, Responder responder) {
  const auto limit = number(request, "limit", 100);
  const auto before = number(request, "cursor", 0);
  if (!limit) return responder.problem(limit.error());
  if (!before) return responder.problem(before.error());
  read<Json>(
      service,
      [before = *before, limit = std::min(static_cast<std::size_t>(*limit), most_workflows)](
          store::Reader& reader) -> Result<Json> {
        auto records = reader.workflows(before, limit + 1);
        if (!records) return pass(records.error());
        Json next = nullptr;
        if (records->size() > limit) {
          records->resize(limit);
          if (limit > 0) next = std::to_string(records->back().key);
        }
        Json list = Json::array();
        for (const auto& record : *records) {
          auto json = workflow_json(reader, record);
          if (!json) return pass(json.error());
          list.push_back(std::move(*json));
        }
        return Json{{"workflows", std::move(list)}, {"next_cursor", std::move(next)}};
      },
      [answer = answer_later(std::move(responder))](Result<Json> json) {
        if (!json) return answer->problem(json.error());
        respond_json(*answer, *json);
      });
}

void endpoint::workflow(Service& service, Request request, Responder responder) {
  read<Json>(
      service,
      [id = request.segments[2]](store::Reader& reader) -> Result<Json> {
        const auto key = reader.resolve_workflow(id);
        if (!key) return pass(key.error());
        const auto record = reader.workflow(*key);
        if (!record) return pass(record.error());
        return workflow_json(reader, *record);
      },
      [answer = answer_later(std::move(responder))](Result<Json> json) {
        if (!json) return answer->problem(json.error());
        respond_json(*answer, *json);
      });
}

}  // namespace ketrew::daemon
