#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::sdk::batch {

void to_json(Json& json, const JobState& state) {
  json = Json::object();
  json["id"] = state.id;
  json["playground"] = state.playground;
  if (state.submitted_ms != 0) json["submitted_ms"] = state.submitted_ms;
  if (state.restarts != 0) json["restarts"] = state.restarts;
  if (!state.own.empty()) json["own"] = state.own;
  if (!state.shown.empty()) json["shown"] = state.shown;
}

void from_json(const Json& json, JobState& state) {
  state.id = json.at("id").get<std::string>();
  state.playground = json.at("playground").get<std::string>();
  state.submitted_ms = json.value("submitted_ms", std::int64_t{0});
  state.restarts = json.value("restarts", std::uint32_t{0});
  for (auto [key, into] : {std::pair{"own", &state.own}, std::pair{"shown", &state.shown}})
    if (const auto at = json.find(key); at != json.end()) *into = *at;
}

}  // namespace ketrew::sdk::batch
