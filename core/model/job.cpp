#include "core/model/job.hpp"

namespace ketrew {
namespace {

Json ids_to_json(const std::vector<JobId>& ids) {
  Json json = Json::array();
  for (const auto& id : ids) json.push_back(id.text());
  return json;
}

Result<std::vector<JobId>> ids_from_json(const Json& json, const char* key) {
  std::vector<JobId> ids;
  if (!json.is_array()) return fail(ErrorKind::invalid, std::string("\"") + key + "\" is not a list");
  for (const Json& each : json) {
    const auto id = each.is_string() ? JobId::parse(each.get_ref<const std::string&>()) : std::nullopt;
    if (!id) return fail(ErrorKind::invalid, std::string("\"") + key + "\" has something that is no job id");
    ids.push_back(*id);
  }
  return ids;
}

Json duration_to_json(Milliseconds value) {
  if (value.count() % 1000 == 0) return value.count() / 1000;
  return std::to_string(value.count()) + "ms";
}

// Ten years are enough for anybody.
std::optional<Milliseconds> duration_from_json(const Json& json) {
  constexpr Milliseconds most = std::chrono::hours(24) * 3660;
  std::optional<Milliseconds> value;
  if (json.is_number_unsigned() && json.get<std::uint64_t>() <= std::uint64_t{3660 * 24 * 3600})
    value = std::chrono::seconds(json.get<std::int64_t>());
  else if (json.is_string())
    value = parse_duration(json.get_ref<const std::string&>());
  if (value && (value->count() == 0 || *value > most)) return {};
  return value;
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json time_or_null(const std::optional<Wall>& time) {
  return time ? Json(to_rfc3339(*time)) : Json(nullptr);
}

// Variables are how secrets reach a program: who looks at the job is told their names.
void hide_values(Json& program) {
  const auto environment = program.find("environment");
  if (!program.is_object() || environment == program.end()) return;
  for (auto& [name, value] : environment->items())
    if (!std::string_view(name).starts_with("KETREW_")) value = hidden_value;
}

}  // namespace

void append_json(std::string& out, const JobSpec& spec) {
  out += R"({"backend":)";
  append_json_string(out, spec.backend);
  out += R"(,"host":)";
  append_json_string(out, spec.host);
  out += R"(,"program":)";
  append_json(out, spec.program);
  if (!spec.name.empty()) {
    out += R"(,"name":)";
    append_json_bytes(out, spec.name);
  }
  const auto rare = [&](std::string_view key, const Json& value) {
    out += key;
    out += value.dump();
  };
  if (!spec.options.empty()) rare(R"(,"options":)", spec.options);
  if (spec.condition) rare(R"(,"condition":)", to_json(*spec.condition));
  if (spec.equivalence == Equivalence::none) out += R"(,"equivalence":"none")";
  if (!spec.depends_on.empty()) rare(R"(,"depends_on":)", ids_to_json(spec.depends_on));
  if (!spec.on_success_activate.empty())
    rare(R"(,"on_success_activate":)", ids_to_json(spec.on_success_activate));
  if (!spec.on_failure_activate.empty())
    rare(R"(,"on_failure_activate":)", ids_to_json(spec.on_failure_activate));
  if (!spec.tags.empty()) {
    char before = '[';
    out += R"(,"tags":)";
    for (const auto& tag : spec.tags) {
      out += std::exchange(before, ',');
      append_json_bytes(out, tag);
    }
    out += ']';
  }
  if (!spec.metadata.empty()) rare(R"(,"metadata":)", spec.metadata);
  if (spec.retries != RetryPolicy{}) rare(R"(,"retries":)", to_json(spec.retries));
  if (spec.timeout) rare(R"(,"timeout":)", duration_to_json(*spec.timeout));
  if (spec.restart_of) {
    out += R"(,"restart_of":")";
    out += spec.restart_of->text();
    out += '"';
  }
  out += '}';
}

Json to_json(const JobSpec& spec) {
  std::string text;
  append_json(text, spec);
  return Json::parse(text);
}

Result<JobSpec> job_spec_from_json(const Json& json) {
  if (!json.is_object()) return fail(ErrorKind::invalid, "a job is not an object");
  static const std::vector<std::string> known = {
      "name",      "backend",     "host",       "options",             "program",
      "condition", "equivalence", "depends_on", "on_success_activate", "on_failure_activate",
      "tags",      "metadata",    "retries",    "timeout",             "restart_of"};
  JobSpec spec;
  for (const auto& [key, value] : json.items()) {
    const auto wrong = [&key = key](const char* expected) {
      return fail(ErrorKind::invalid, "\"" + key + "\" of a job is not " + expected);
    };
    if (key == "name") {
      auto name = bytes_from_json(value);
      if (!name) return wrong("a string");
      spec.name = std::move(*name);
    } else if (key == "backend" || key == "host") {
      if (!value.is_string()) return wrong("a string");
      (key == "host" ? spec.host : spec.backend) = value.get<std::string>();
    } else if (key == "options" || key == "metadata") {
      if (!value.is_object()) return wrong("an object");
      (key == "options" ? spec.options : spec.metadata) = value;
    } else if (key == "program") {
      auto program = program_from_json(value);
      if (!program) return pass(program.error());
      spec.program = std::move(*program);
    } else if (key == "condition") {
      auto condition = condition_from_json(value);
      if (!condition) return pass(condition.error());
      spec.condition = std::move(*condition);
    } else if (key == "equivalence") {
      if (value == "none") spec.equivalence = Equivalence::none;
      else if (value != "same-condition") return wrong("\"same-condition\" or \"none\"");
    } else if (key == "depends_on" || key == "on_success_activate" || key == "on_failure_activate") {
      auto ids = ids_from_json(value, key.c_str());
      if (!ids) return pass(ids.error());
      (key == "depends_on"            ? spec.depends_on
       : key == "on_success_activate" ? spec.on_success_activate
                                      : spec.on_failure_activate) = std::move(*ids);
    } else if (key == "tags") {
      if (!value.is_array()) return wrong("a list of strings");
      for (const Json& each : value) {
        auto tag = bytes_from_json(each);
        if (!tag || tag->empty()) return wrong("a list of strings that are not empty");
        spec.tags.push_back(std::move(*tag));
      }
    } else if (key == "retries") {
      auto retries = retry_policy_from_json(value);
      if (!retries) return pass(retries.error());
      spec.retries = *retries;
    } else if (key == "timeout") {
      spec.timeout = duration_from_json(value);
      if (!spec.timeout)
        return wrong("a duration of more than 0: seconds, or a text as \"1h30m\"");
    } else if (key == "restart_of") {
      const auto id = value.is_string() ? JobId::parse(value.get_ref<const std::string&>()) : std::nullopt;
      if (!id) return wrong("a job id");
      spec.restart_of = *id;
    } else {
      const std::string near = nearest(key, known);
      return fail(ErrorKind::invalid, "unknown key \"" + one_line(key, 60) + "\" in a job",
                  near.empty() ? "known: " + join(known, ", ") : "did you mean \"" + near + "\"?");
    }
  }
  if (!json.contains("program"))
    return fail(ErrorKind::invalid, "a job without a program", "give {\"sh\": TEXT} or {\"exec\": [ARG, ...]}");
  return spec;
}

Json to_json(const HistoryEntry& entry) {
  Json json{{"sequence", entry.sequence},         {"at", to_rfc3339(entry.at)},
            {"from", to_string(entry.from)},      {"to", to_string(entry.to)},
            {"attempt", entry.attempt},           {"reason", to_valid_utf8(entry.reason)}};
  if (!entry.evidence.empty()) json["evidence"] = to_json(entry.evidence);
  return json;
}

Json to_json(const JobRecord& record) {
  const JobSpec& spec = record.spec;
  const Progress& p = record.progress;
  Json json = to_json(spec);
  hide_values(json["program"]);
  json["id"] = record.id.text();
  json["name"] = bytes_to_json(spec.name);
  json["options"] = spec.options;
  json["metadata"] = spec.metadata;
  json["retries"] = to_json(spec.retries);
  json["depends_on"] = ids_to_json(spec.depends_on);
  if (!json.contains("tags")) json["tags"] = Json::array();
  json["state"] = to_string(p.state);
  json["status"] = to_string(status_of(p.state));
  json["phase"] = p.phase.empty() ? Json(nullptr) : Json(to_valid_utf8(p.phase));
  json["reason"] = p.reason.empty() ? Json(nullptr) : Json(to_valid_utf8(p.reason));
  json["exit_code"] = or_null(p.exit_code);
  json["signal"] = or_null(p.signal);
  json["class"] = p.failure ? Json(to_string(*p.failure)) : Json(nullptr);
  json["message"] = p.message.empty() ? Json(nullptr) : Json(to_valid_utf8(p.message));
  json["evidence"] = p.evidence.empty() ? Json(nullptr) : to_json(p.evidence);
  json["usage"] = p.usage;
  json["attempt"] = p.attempt;
  json["token"] = p.attempt ? Json(attempt_token(record.id, p.attempt)) : Json(nullptr);
  json["in_doubt"] = p.doubt;
  json["kill_asked"] = p.kill_asked;
  json["set_aside"] = p.set_aside;
  json["workflow"] = nullptr;
  json["node"] = record.node.empty() ? Json(nullptr) : bytes_to_json(record.node);
  if (record.workflow != 0)
    json["workflow"] = {{"id", record.workflow_id.text()}, {"name", bytes_to_json(record.workflow_name)}};
  json["asked_for"] = p.asked_for;
  json["orphan"] = p.orphan;
  json["submitted_at"] = to_rfc3339(record.submitted_at);
  json["started_at"] = time_or_null(p.started_at);
  json["ended_at"] = time_or_null(p.ended_at);
  json["finished_at"] = time_or_null(p.noticed_at);
  Json state = Json::parse(p.backend_state, nullptr, false);
  json["backend_state"] = state.is_discarded() ? Json(nullptr) : std::move(state);
  return json;
}

}  // namespace ketrew
