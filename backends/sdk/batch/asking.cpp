#include "backends/sdk/batch/asking.hpp"

#include <algorithm>
#include <unordered_map>

namespace ketrew::sdk::batch {

bool fits(std::string_view command, std::size_t total) {
  if (command.size() > total) return false;
  std::size_t word = 0, longest = 0;
  for (const char c : command) {
    word = c == ' ' || c == '\n' || c == '\t' ? 0 : word + 1;
    longest = std::max(longest, word);
  }
  return longest < longest_argument;
}

std::vector<std::span<const AskedJob>> split_jobs(
    std::span<const AskedJob> jobs, std::size_t most,
    const std::function<bool(std::span<const AskedJob>)>& part_fits) {
  if (jobs.empty()) return {};
  if (jobs.size() == 1 || (jobs.size() <= most && part_fits(jobs))) return {jobs};
  const std::size_t half = std::min(jobs.size() / 2, std::max<std::size_t>(most, 1));
  auto parts = split_jobs(jobs.first(half), most, part_fits);
  auto rest = split_jobs(jobs.subspan(half), most, part_fits);
  parts.insert(parts.end(), rest.begin(), rest.end());
  return parts;
}

void add_answer(Answers& answers, Answer answer, std::span<const AskedJob> jobs) {
  const Answer& kept = answers.all.emplace_back(std::move(answer));
  std::unordered_map<std::string_view, const Row*> rows;
  rows.reserve(kept.rows.size());
  for (const Row& row : kept.rows) rows.insert_or_assign(row.id, &row);
  for (const AskedJob& job : jobs) {
    const auto it = rows.find(job.state.id);
    const bool own =
        it != rows.end() && (it->second->token.empty() || it->second->token == job.token);
    answers.seen.push_back({own ? it->second : nullptr, &kept});
  }
}

}  // namespace ketrew::sdk::batch
