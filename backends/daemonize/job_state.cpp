#include "backends/daemonize/job_state.hpp"

#include <stdexcept>

namespace ketrew::daemonize {

std::string_view to_string(Using value) {
  switch (value) {
    case Using::supervisor: return "supervisor";
    case Using::nohup_setsid: return "nohup-setsid";
    case Using::python_daemon: return "python-daemon";
  }
  return "supervisor";
}

std::optional<Using> parse_using(std::string_view text) {
  for (const Using value : {Using::supervisor, Using::nohup_setsid, Using::python_daemon})
    if (text == to_string(value)) return value;
  return std::nullopt;
}

void to_json(Json& json, const JobState& state) {
  const JobState plain;
  json = Json{{"using", to_string(state.mode)}};
  if (!state.process.boot.empty()) json["boot"] = state.process.boot;
  if (state.process.pid != 0) json["pid"] = state.process.pid;
  if (state.process.started != 0) json["start"] = state.process.started;
  if (state.asked_ms != plain.asked_ms) json["asked_ms"] = state.asked_ms;
  if (state.starting_ms != plain.starting_ms) json["starting_ms"] = state.starting_ms;
  if (state.no_log_is_ok) json["no_log_is_ok"] = true;
  if (state.grace_ms != plain.grace_ms) json["grace_ms"] = state.grace_ms;
}

void from_json(const Json& json, JobState& state) {
  const auto mode = parse_using(json.at("using").get<std::string>());
  if (!mode) throw std::invalid_argument("unknown way of detaching in a state");
  const JobState plain;
  state.mode = *mode;
  state.process.boot = json.value("boot", std::string());
  state.process.pid = json.value("pid", 0);
  state.process.started = json.value("start", std::uint64_t{0});
  state.asked_ms = json.value("asked_ms", plain.asked_ms);
  state.starting_ms = json.value("starting_ms", plain.starting_ms);
  state.no_log_is_ok = json.value("no_log_is_ok", false);
  state.grace_ms = json.value("grace_ms", plain.grace_ms);
}

}  // namespace ketrew::daemonize
