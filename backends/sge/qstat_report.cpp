#include "backends/sge/qstat_report.hpp"

#include <array>
#include <optional>

#include "core/base/text.hpp"

namespace ketrew::sge {
namespace {

std::string decoded(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> entities = {
      {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string out;
  while (!text.empty()) {
    bool found = false;
    for (const auto& [entity, letter] : entities)
      if (text.substr(0, entity.size()) == entity) {
        out += letter;
        text.remove_prefix(entity.size());
        found = true;
        break;
      }
    if (found) continue;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

// The text of the one element of this name; nothing where there is none, or more than one.
std::optional<std::string> element(std::string_view list, const std::string& name) {
  const std::string open = "<" + name + ">", close = "</" + name + ">";
  const std::size_t begin = list.find(open);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t from = begin + open.size(), end = list.find(close, from);
  if (end == std::string_view::npos || list.find(open, from) != std::string_view::npos)
    return std::nullopt;
  const std::string_view text = list.substr(from, end - from);
  if (text.find('<') != std::string_view::npos) return std::nullopt;
  return decoded(text);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 10 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

QstatReport read_qstat(std::string_view text) {
  QstatReport report;
  const std::size_t begin = text.find("<job_info ");
  if (begin == std::string_view::npos || text.find("<?xml") == std::string_view::npos) return report;
  constexpr std::string_view open = "<job_list", close = "</job_list>", end = "</job_info>";
  // Two of them: "<job_info xmlns...>" holds <queue_info> and another <job_info>, of what waits.
  const std::size_t inner = text.find("<job_info>", begin);
  const std::size_t first_end = text.find(end, begin);
  const std::size_t last_end =
      first_end == std::string_view::npos ? first_end : text.find(end, first_end + end.size());
  bool broken = inner == std::string_view::npos || last_end == std::string_view::npos;
  for (std::size_t at = text.find(open, begin); at != std::string_view::npos;) {
    const std::size_t stop = text.find(close, at);
    const std::size_t next = text.find(open, at + open.size());
    if (stop == std::string_view::npos || (next != std::string_view::npos && next < stop)) {
      broken = true;
      at = next;
      continue;
    }
    const std::string_view list = text.substr(at, stop - at);
    const auto id = element(list, "JB_job_number"), name = element(list, "JB_name"),
               state = element(list, "state");
    if (id && is_number(*id) && name && state)
      report.jobs.push_back({*id, *name, *state, element(list, "queue_name").value_or(""),
                             element(list, "JAT_start_time").value_or(""),
                             element(list, "slots").value_or("")});
    else
      broken = true;  // whose row it is may not be known: nobody's absence is proven
    at = next;
  }
  // A row that lost its beginning or its end leaves the other behind.
  std::size_t opens = 0, closes = 0;
  for (std::size_t at = text.find(open); at != std::string_view::npos; at = text.find(open, at + 1))
    ++opens;
  for (std::size_t at = text.find(close); at != std::string_view::npos; at = text.find(close, at + 1))
    ++closes;
  std::size_t ids = 0;
  for (std::size_t at = text.find("JB_job_number>"); at != std::string_view::npos;
       at = text.find("JB_job_number>", at + 1))
    ++ids;
  report.whole = !broken && opens == closes && ids == 2 * report.jobs.size();
  return report;
}

std::map<std::string, Reasons> read_reasons(std::string_view text) {
  std::map<std::string, Reasons> all;
  Reasons* job = nullptr;
  std::string* last = nullptr;
  for (const std::string& line : split(text, '\n')) {
    constexpr std::string_view blank = "                            ";  // as wide as the labels
    if (line.compare(0, blank.size(), blank) == 0 && last) {
      *last += "; " + std::string(trim(line));
      continue;
    }
    last = nullptr;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string_view label = trim(std::string_view(line).substr(0, colon));
    const std::string value(trim(std::string_view(line).substr(colon + 1)));
    if (label == "job_number") job = &all[value];
    else if (job && label.substr(0, 12) == "error reason") {
      job->error += (job->error.empty() ? "" : "; ") + value;
      last = &job->error;
    } else if (job && label == "scheduling info") {
      job->scheduling = value;
      last = &job->scheduling;
    }
  }
  return all;
}

}  // namespace ketrew::sge
