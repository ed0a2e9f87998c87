#include <cmath>

#include "backends/lsf/submission.hpp"
#include "core/base/text.hpp"

namespace ketrew::lsf {
namespace {

constexpr std::int64_t kilobyte = 1024, megabyte = 1024 * kilobyte, gigabyte = 1024 * megabyte;

std::int64_t up(std::int64_t value, std::int64_t unit) { return value / unit + (value % unit != 0); }

struct Amounts {
  std::string limit, reserve;  // -M, rusage[mem=]
};
Amounts amounts(std::int64_t bytes, std::int64_t reserve_bytes, MemoryUnit unit) {
  switch (unit) {
    case MemoryUnit::kilobytes:
      return {std::to_string(up(bytes, kilobyte)), std::to_string(up(reserve_bytes, megabyte))};
    case MemoryUnit::megabytes:
      return {std::to_string(up(bytes, megabyte)), std::to_string(up(reserve_bytes, megabyte))};
    case MemoryUnit::gigabytes:
      return {std::to_string(up(bytes, gigabyte)), std::to_string(up(reserve_bytes, gigabyte))};
    case MemoryUnit::with_suffix: break;
  }
  return {std::to_string(up(bytes, megabyte)) + "MB",
          std::to_string(up(reserve_bytes, megabyte)) + "MB"};
}

// "4" or "2,8": the least and the most.
struct Processors {
  std::string words;
  std::int64_t least = 1;
};
Result<std::optional<Processors>> processors(const Json& options,
                                             const sdk::PortableOptions& portable) {
  std::string text;
  if (const auto at = options.find("processors"); at != options.end() && !at->is_null()) {
    if (portable.cpus)
      return fail(ErrorKind::invalid, "both `cpus` and `processors` are given", "give one of them");
    if (at->is_number_integer()) text = std::to_string(at->get<std::int64_t>());
    else if (at->is_string()) text = at->get<std::string>();
  } else if (portable.cpus) {
    text = std::to_string(*portable.cpus);
  } else {
    return std::nullopt;
  }
  std::vector<std::int64_t> numbers;
  for (const std::string& part : split(text, ',')) {
    const std::string number(trim(part));
    if (number.empty() || number.size() > 7 ||
        number.find_first_not_of("0123456789") != std::string::npos || number.front() == '0')
      return fail(ErrorKind::invalid, "option \"processors\" is wrong", "it is as 4 or \"2,8\"");
    numbers.push_back(std::stoll(number));
  }
  if (numbers.size() > 2 || (numbers.size() == 2 && numbers[1] < numbers[0]))
    return fail(ErrorKind::invalid, "option \"processors\" is wrong", "it is as 4 or \"2,8\"");
  std::string words = std::to_string(numbers.front());
  if (numbers.size() == 2) words += "," + std::to_string(numbers.back());
  return Processors{words, numbers.front()};
}

// A word that the long reports show between "<" and ">" must not look like more of them.
Result<> plain_word(const char* key, const std::string& word) {
  if (word.empty() || word.front() == '-' || word.find_first_of("<>\n") != std::string::npos)
    return fail(ErrorKind::invalid, "option \"" + std::string(key) + "\" is not a name");
  return {};
}

}  // namespace

Result<SiteSettings> site_settings(const Json& own) {
  SiteSettings settings;
  for (const auto& [key, value] : own.items()) {
    if (key == "unit_for_limits" && value == "KB") settings.unit = MemoryUnit::kilobytes;
    else if (key == "unit_for_limits" && value == "MB") settings.unit = MemoryUnit::megabytes;
    else if (key == "unit_for_limits" && value == "GB") settings.unit = MemoryUnit::gigabytes;
    else if (key == "unit_for_limits" && value == "suffix") settings.unit = MemoryUnit::with_suffix;
    else if (key == "unit_for_limits")
      return fail(ErrorKind::invalid, "option \"unit_for_limits\" is wrong",
                  "it is KB, MB or GB as LSF_UNIT_FOR_LIMITS in lsf.conf, or suffix");
    else if (key == "reserve_per_slot" && value.is_boolean())
      settings.reserve_per_slot = value.get<bool>();
    else
      return fail(ErrorKind::invalid, "option \"" + key + "\" is not known or wrong",
                  "lsf knows unit_for_limits and reserve_per_slot (true or false), and the options "
                  "of every batch backend");
  }
  return settings;
}

sdk::OptionsSchema job_options() {
  sdk::OptionsSchema schema;
  schema.portable();
  schema
      .property("processors",
                "-n: a number, or the least and the most as \"2,8\", on one machine "
                "(span[hosts=1]); instead of `cpus`",
                {{"type", Json::array({"integer", "string"})},
                 {"minimum", 1},
                 {"pattern", "^[1-9][0-9]{0,6}(,[1-9][0-9]{0,6})?$"}})
      .text("project", "-P: the project that pays; instead of `account`")
      .text("resources", "-R: a resource requirement, as \"select[type==X86_64]\"");
  return schema;
}

Result<std::vector<std::string>> option_words(const Json& options, const SiteSettings& site) {
  const auto portable = sdk::portable_options(options);
  if (!portable) return pass(portable.error());
  // The user's own words first: of a word that is given twice, bsub takes the last.
  std::vector<std::string> words = portable->raw_options;
  const auto add = [&words](std::string option, std::string value) {
    words.push_back(std::move(option));
    words.push_back(std::move(value));
  };
  if (portable->queue) {
    if (auto r = plain_word("queue", *portable->queue); !r) return pass(r.error());
    add("-q", *portable->queue);
  }
  std::optional<std::string> project = portable->account;
  if (const auto at = options.find("project"); at != options.end() && at->is_string()) {
    if (project)
      return fail(ErrorKind::invalid, "both `account` and `project` are given",
                  "give one of them: both are -P");
    project = at->get<std::string>();
  }
  if (project) {
    if (auto r = plain_word("project", *project); !r) return pass(r.error());
    add("-P", *project);
  }
  const auto cpus = processors(options, *portable);
  if (!cpus) return pass(cpus.error());
  std::string requirement;
  if (*cpus) {
    add("-n", (*cpus)->words);
    requirement = "span[hosts=1]";
  }
  if (portable->memory) {
    std::int64_t reserve = *portable->memory;
    if (site.reserve_per_slot && *cpus) reserve = up(reserve, (*cpus)->least);
    const Amounts memory = amounts(*portable->memory, reserve, site.unit);
    add("-M", memory.limit);
    requirement += (requirement.empty() ? "" : " ") + ("rusage[mem=" + memory.reserve + "]");
  }
  if (const auto at = options.find("resources"); at != options.end() && at->is_string())
    requirement = at->get<std::string>() + (requirement.empty() ? "" : " ") + requirement;
  // One -R: OpenLava has no more than one.
  if (!requirement.empty()) add("-R", requirement);
  if (portable->wall_time) {
    const std::int64_t minutes = up(portable->wall_time->count(), 60'000);
    add("-W", std::to_string(std::max<std::int64_t>(minutes, 1)));
  }
  if (portable->gpus && *portable->gpus > 0) add("-gpu", "num=" + std::to_string(*portable->gpus));
  return words;
}

}  // namespace ketrew::lsf
