// The jobs of one question, by the ids that an answer calls them.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs {

class JobIndex {
 public:
  explicit JobIndex(std::span<const sdk::batch::AskedJob> jobs);  // which outlive it

  // Its place in the question; nothing for a job that was not asked for.
  std::optional<std::size_t> find(std::string_view id) const;
  // The first one that is named in a line of words.
  std::optional<std::size_t> find_in(std::string_view line) const;

 private:
  std::span<const sdk::batch::AskedJob> jobs_;
  std::unordered_multimap<std::string_view, std::size_t> by_number_;
};

}  // namespace ketrew::pbs
