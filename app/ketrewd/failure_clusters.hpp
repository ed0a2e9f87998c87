// Failed jobs, those together that failed in the same words. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/model/job.hpp"

namespace ketrew::daemon {

// One of many that look alike: its backend can be asked about it.
struct FailureSample {
  std::size_t cluster = 0;  // its place in the list
  JobId id;
  std::string backend, host, token, state;
};

class FailureClusters {
 public:
  // Of each cluster about so many jobs are kept as samples: of a small one all, of a large one some from
  // everywhere in it.
  static constexpr std::size_t samples_of_each = 10;

  void add(const JobRecord& record);  // newest first
  // The largest first, and the samples of the largest, at most so many.
  Json json(std::size_t most_samples, std::vector<FailureSample>& samples) const;

 private:
  struct Cluster {
    std::size_t jobs = 0, stride = 1;
    std::map<std::string, std::size_t> hosts, states;
    JobId newest;
    std::string sample_name, words;
    std::vector<FailureSample> samples;
  };
  using Key = std::tuple<std::string, std::string, std::string>;  // class, message, words
  static void sample(Cluster& cluster, const JobRecord& record);
  static Json json_of(const Key& key, const Cluster& cluster);

  std::map<Key, Cluster> clusters_;
};

// The last line with something in it: what most programs say before they give up.
std::string last_line(std::string_view text);

// What the samples of one cluster said last: {"looked_at": N, "last_lines": [{"jobs", "pattern", "line",
// "id"}...]}, the most frequent first.
Json last_lines_json(const std::vector<std::pair<JobId, std::string>>& lines);

}  // namespace ketrew::daemon
