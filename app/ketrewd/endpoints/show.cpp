// GET /v1/jobs/{id} and GET /v1/jobs/{id}/history
#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {

void endpoint::show(Service& service, Request request, Responder responder) {
  read<Json>(
      service,
      [id = request.segments[2]](store::Reader& reader) -> Result<Json> {
        const auto key = reader.resolve(id);
        if (!key) return pass(key.error());
        const auto record = reader.job(*key);
        if (!record) return pass(record.error());
        Json json = to_json(*record);
        Json restarts = Json::array();
        if (const auto ids = reader.restarts_of(record->id))
          for (const auto& each : *ids) restarts.push_back(each.text());
        json["restarted_as"] = std::move(restarts);
        return json;
      },
      [answer = answer_later(std::move(responder))](Result<Json> json) {
        if (!json) return answer->problem(json.error());
        respond_json(*answer, *json);
      });
}

void endpoint::history(Service& service, Request request, Responder responder) {
  read<Json>(
      service,
      [id = request.segments[2]](store::Reader& reader) -> Result<Json> {
        const auto key = reader.resolve(id);
        if (!key) return pass(key.error());
        const auto entries = reader.history(*key);
        if (!entries) return pass(entries.error());
        Json list = Json::array();
        for (const auto& entry : *entries) list.push_back(to_json(entry));
        return Json{{"history", std::move(list)}};
      },
      [answer = answer_later(std::move(responder))](Result<Json> json) {
        if (!json) return answer->problem(json.error());
        respond_json(*answer, *json);
      });
}

}  // namespace ketrew::daemon
