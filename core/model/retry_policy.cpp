#include "core/model/retry_policy.hpp"

namespace ketrew {
namespace {

Result<std::uint16_t> count(const Json& json) {
  if (!json.is_number_integer() || json < 0 || json > 1000)
    return fail(ErrorKind::invalid, "retries: not a whole number from 0 to 1000");
  return json.get<std::uint16_t>();
}

}  // namespace

RetryPolicy RetryPolicy::each(std::uint16_t times) {
  RetryPolicy policy;
  for (const auto value : all_failure_classes)
    if (value != FailureClass::refused && value != FailureClass::cancelled_outside)
      policy.times[static_cast<std::size_t>(value)] = times;
  return policy;
}

Json to_json(const RetryPolicy& policy) {
  const std::uint16_t first = policy.times[0];
  if (policy == RetryPolicy::each(first)) return first;
  Json json = Json::object();
  for (const auto value : all_failure_classes)
    if (policy.of(value) > 0) json[std::string(to_string(value))] = policy.of(value);
  return json;
}

Result<RetryPolicy> retry_policy_from_json(const Json& json) {
  if (!json.is_object()) {
    const auto times = count(json);
    if (!times) return pass(times.error());
    return RetryPolicy::each(*times);
  }
  RetryPolicy policy;
  for (const auto& [key, value] : json.items()) {
    const auto failure = parse_failure_class(key);
    if (!failure) {
      std::vector<std::string> known;
      for (const auto each : all_failure_classes) known.emplace_back(to_string(each));
      const std::string near = nearest(key, known);
      return fail(ErrorKind::invalid, "retries: unknown failure class \"" + one_line(key, 40) + "\"",
                  near.empty() ? "known: " + join(known, ", ") : "did you mean \"" + near + "\"?");
    }
    const auto times = count(value);
    if (!times) return pass(times.error());
    policy.times[static_cast<std::size_t>(*failure)] = *times;
  }
  return policy;
}

}  // namespace ketrew
