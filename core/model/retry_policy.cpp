#include "core/model/retry_policy.hpp"

#include <charconv>
#include <cmath>
#include <tuple>

namespace ketrew {
namespace {

constexpr double least_factor = 0.001, most_factor = 1000;

Result<std::uint16_t> count(const Json& json) {
  if (!json.is_number_integer() || json < 0 || json > 1000)
    return fail(ErrorKind::invalid, "retries: not a whole number from 0 to 1000");
  return json.get<std::uint16_t>();
}

std::string factor_text(double factor) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, factor).ptr};
}

// "x1.5".
std::optional<double> parse_factor(const Json& json) {
  if (!json.is_string()) return {};
  const auto& text = json.get_ref<const std::string&>();
  double factor = 0;
  const char* const end = text.data() + text.size();
  if (text.size() < 2 || text[0] != 'x') return {};
  const auto [at, error] = std::from_chars(text.data() + 1, end, factor);
  if (error != std::errc() || at != end) return {};
  if (!(factor >= least_factor && factor <= most_factor)) return {};
  return factor;
}

Result<> read_class(const Json& json, FailureClass failure, RetryPolicy& policy) {
  const bool plain = !json.is_object();
  if (!plain && !json.contains("times"))
    return fail(ErrorKind::invalid,
                "retries: \"" + std::string(to_string(failure)) + "\" has no \"times\"",
                "write {\"times\": 2, \"memory\": \"x1.5\"}");
  const auto times = count(plain ? json : json["times"]);
  if (!times) return pass(times.error());
  policy.times[static_cast<std::size_t>(failure)] = *times;
  if (plain) return {};
  for (const auto& [option, value] : json.items()) {
    if (option == "times") continue;
    const auto factor = parse_factor(value);
    if (!factor || option.empty())
      return fail(ErrorKind::invalid,
                  "retries: \"" + one_line(option, 40) + "\" of \"" +
                      std::string(to_string(failure)) + "\" is no growth of an option",
                  "write a factor from 0.001 to 1000 as \"x1.5\"");
    policy.growth.push_back({failure, option, *factor});
  }
  return {};
}

double rounded_up(double value) {
  // What binary fractions left over is no reason for one more.
  return std::ceil(value * (1 - 1e-9));
}

// A number with a unit behind it: "1.5G". Nothing where it is neither a number nor a size.
std::optional<std::string> grown_size(const std::string& text, double factor) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  const std::string unit(at, end);
  if (error != std::errc() || number < 0) return {};
  if (!unit.empty() && (std::string_view("KMGTPB").find(unit[0]) == std::string_view::npos ||
                        (unit.size() > 1 && unit.substr(1) != "B" && unit.substr(1) != "iB")))
    return {};
  // A thousandth of the unit is fine enough; bytes are whole.
  const double step = unit.empty() || unit[0] == 'B' ? 1 : 1000;
  char out[64];
  const double value = std::min(rounded_up(number * factor * step) / step, 9.0e15);
  return std::string(out, std::to_chars(out, out + sizeof out, value, std::chars_format::fixed).ptr) +
         unit;
}

Json grown(const Json& value, double factor) {
  if (value.is_number_integer())
    return static_cast<std::int64_t>(std::min(rounded_up(value.get<double>() * factor), 9.0e15));
  if (value.is_number()) return value.get<double>() * factor;
  if (!value.is_string()) return value;
  const auto& text = value.get_ref<const std::string&>();
  if (auto size = grown_size(text, factor)) return *size;
  if (const auto duration = parse_duration(text)) {
    const double seconds = static_cast<double>(duration->count()) / 1000 * factor;
    return std::to_string(static_cast<std::int64_t>(std::min(rounded_up(seconds), 9.0e15))) + "s";
  }
  return value;
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
  for (const auto& growth : policy.growth) {
    Json& entry = json[std::string(to_string(growth.after))];
    if (!entry.is_object()) entry = Json{{"times", policy.of(growth.after)}};
    entry[growth.option] = "x" + factor_text(growth.factor);
  }
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
    if (auto read = read_class(value, *failure, policy); !read) return pass(read.error());
  }
  std::sort(policy.growth.begin(), policy.growth.end(), [](const Growth& a, const Growth& b) {
    return std::tie(a.after, a.option) < std::tie(b.after, b.option);
  });
  return policy;
}

Json grown_options(Json options, const RetryPolicy& policy,
                   const std::array<std::uint16_t, failure_class_count>& failures) {
  for (const auto& growth : policy.growth) {
    const auto times = failures[static_cast<std::size_t>(growth.after)];
    const auto at = options.find(growth.option);
    if (times == 0 || at == options.end()) continue;
    *at = grown(*at, std::pow(growth.factor, times));
  }
  return options;
}

}  // namespace ketrew
