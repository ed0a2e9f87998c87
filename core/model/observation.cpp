#include "core/model/observation.hpp"

#include <limits>

#include "core/base/overloaded.hpp"

namespace ketrew {
namespace {

std::string text_of(const Json& json, const char* key) {
  const auto at = json.find(key);
  return at != json.end() && at->is_string() ? to_valid_utf8(at->get_ref<const std::string&>()) : "";
}

Result<std::optional<int>> integer_of(const Json& json, const char* key, int low, int high) {
  const auto at = json.find(key);
  if (at == json.end() || at->is_null()) return std::nullopt;
  if (!at->is_number_integer() || *at < low || *at > high)
    return fail(ErrorKind::invalid, std::string("\"") + key + "\" is not a whole number from " +
                                        std::to_string(low) + " to " + std::to_string(high));
  return at->get<int>();
}

std::optional<Wall> time_of(const Json& json, const char* key) {
  return parse_rfc3339(text_of(json, key));
}

Evidence evidence_of(const Json& json) {
  const auto at = json.find("evidence");
  if (at == json.end()) return {};
  return evidence_from_json(*at).value_or(Evidence{});
}

}  // namespace

Json to_json(const Evidence& evidence) {
  Json json = Json::object();
  if (!evidence.command.empty()) json["command"] = to_valid_utf8(evidence.command);
  if (evidence.exit_code) json["exit_code"] = *evidence.exit_code;
  if (!evidence.words.empty()) json["words"] = to_valid_utf8(evidence.words);
  return json;
}

Result<Evidence> evidence_from_json(const Json& json) {
  if (!json.is_object()) return fail(ErrorKind::invalid, "evidence is not an object");
  Evidence evidence;
  evidence.command = text_of(json, "command");
  evidence.words = text_of(json, "words");
  // A number that no command ends with says nothing; it must not become another one.
  constexpr int limit = std::numeric_limits<int>::max();
  if (auto code = integer_of(json, "exit_code", -limit, limit)) evidence.exit_code = *code;
  return evidence;
}

Json to_json(const Observation& observation) {
  const auto add_evidence = [](Json json, const Evidence& evidence) {
    if (!evidence.empty()) json["evidence"] = to_json(evidence);
    return json;
  };
  return std::visit(
      overloaded{
          [](const observed::Waiting& o) {
            return Json{{"observation", "waiting"}, {"reason", to_valid_utf8(o.reason)}};
          },
          [](const observed::Running& o) {
            Json json{{"observation", "running"}, {"phase", to_valid_utf8(o.phase)}};
            if (o.started_at) json["started_at"] = to_rfc3339(*o.started_at);
            return json;
          },
          [&](const observed::Ended& o) {
            Json json{{"observation", "ended"}};
            if (o.exit_code) json["exit_code"] = *o.exit_code;
            if (o.signal) json["signal"] = *o.signal;
            if (o.failure) json["class"] = to_string(*o.failure);
            if (!o.message.empty()) json["message"] = to_valid_utf8(o.message);
            if (o.started_at) json["started_at"] = to_rfc3339(*o.started_at);
            if (o.ended_at) json["ended_at"] = to_rfc3339(*o.ended_at);
            if (o.usage.is_object()) json["usage"] = o.usage;
            return add_evidence(std::move(json), o.evidence);
          },
          [&](const observed::Gone& o) {
            return add_evidence(Json{{"observation", "gone"}}, o.evidence);
          },
          [&](const observed::CannotTell& o) {
            return add_evidence(
                Json{{"observation", "cannot-tell"}, {"reason", to_valid_utf8(o.reason)}},
                o.evidence);
          }},
      observation);
}

Result<Observation> observation_from_json(const Json& json) {
  if (!json.is_object()) return fail(ErrorKind::invalid, "an observation is not an object");
  const std::string word = text_of(json, "observation");
  if (word == "waiting") return observed::Waiting{text_of(json, "reason")};
  if (word == "running") 
    return observed::Running{text_of(json, "phase"), time_of(json, "started_at")};
  if (word == "gone") return observed::Gone{evidence_of(json)};
  if (word == "cannot-tell") return observed::CannotTell{text_of(json, "reason"), evidence_of(json)};
  if (word != "ended")
    return fail(ErrorKind::invalid, "unknown observation \"" + one_line(word, 60) + "\"");
  observed::Ended ended;
  const auto code = integer_of(json, "exit_code", 0, 255);
  if (!code) return pass(code.error());
  ended.exit_code = *code;
  const auto signal = integer_of(json, "signal", 1, 127);
  if (!signal) return pass(signal.error());
  ended.signal = *signal;
  if (const auto at = json.find("class"); at != json.end() && !at->is_null()) {
    ended.failure = at->is_string() ? parse_failure_class(at->get_ref<const std::string&>())
                                    : std::nullopt;
    if (!ended.failure) return fail(ErrorKind::invalid, "unknown failure class in \"ended\"");
  }
  if (!ended.exit_code && !ended.signal && !ended.failure)
    return fail(ErrorKind::invalid, "\"ended\" without exit_code, signal or class");
  ended.message = text_of(json, "message");
  ended.evidence = evidence_of(json);
  ended.started_at = time_of(json, "started_at");
  ended.ended_at = time_of(json, "ended_at");
  if (const auto at = json.find("usage"); at != json.end() && at->is_object()) ended.usage = *at;
  return ended;
}

}  // namespace ketrew
