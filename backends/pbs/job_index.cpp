#include "backends/pbs/job_index.hpp"

#include "backends/pbs/values.hpp"

namespace ketrew::pbs {
namespace {

std::string_view number(std::string_view id) { return id.substr(0, id.find('.')); }

}  // namespace

JobIndex::JobIndex(std::span<const sdk::batch::AskedJob> jobs) : jobs_(jobs) {
  for (std::size_t i = 0; i < jobs.size(); ++i) by_number_.emplace(number(jobs[i].state.id), i);
}

std::optional<std::size_t> JobIndex::find(std::string_view id) const {
  std::optional<std::size_t> alike;
  const auto [begin, end] = by_number_.equal_range(number(id));
  for (auto at = begin; at != end; ++at) {
    const std::string& ours = jobs_[at->second].state.id;
    if (ours == id) return at->second;
    if (!same_job(ours, id)) continue;
    if (alike) return std::nullopt;  // of two servers
    alike = at->second;
  }
  return alike;
}

std::optional<std::size_t> JobIndex::find_in(std::string_view line) const {
  while (!line.empty()) {
    const auto end = std::min(line.find(' '), line.size());
    std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    while (!word.empty() && (word.back() == ':' || word.back() == ',')) word.remove_suffix(1);
    if (!is_job_id(word)) continue;
    if (const auto index = find(word)) return index;
  }
  return std::nullopt;
}

}  // namespace ketrew::pbs
