#include "app/ketrewd/failure_clusters.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/failure_pattern.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t most_hosts = 5, most_lines = 5;

// Its own words where there are some; else what the engine says of its end.
std::string words_of(const Progress& p) {
  return p.evidence.words.empty() ? p.message : p.evidence.words;
}

// Those with the largest count first; of equals the order stays.
template <class List, class Count>
void largest_first(List& list, Count count) {
  std::stable_sort(list.begin(), list.end(), [&](auto& a, auto& b) { return count(a) > count(b); });
}

}  // namespace

void FailureClusters::add(const JobRecord& record) {
  const Progress& p = record.progress;
  const std::string kind = p.failure ? std::string(to_string(*p.failure)) : std::string();
  const std::string words = words_of(p);
  Cluster& cluster = clusters_[{kind, failure_pattern(p.message), failure_pattern(words)}];
  if (cluster.jobs == 0) {
    cluster.newest = record.id;
    cluster.sample_name = record.node.empty() ? record.spec.name : record.node;
    cluster.words = words;
  }
  if (cluster.jobs++ % cluster.stride == 0 && !p.backend_state.empty()) sample(cluster, record);
  ++cluster.hosts[record.spec.host];
  ++cluster.states[std::string(to_string(p.state))];
}

// Every `stride`th is kept; where that becomes too many, every second of them.
void FailureClusters::sample(Cluster& cluster, const JobRecord& record) {
  auto& samples = cluster.samples;
  samples.push_back({0, record.id, record.spec.backend, record.spec.host,
                     attempt_token(record.id, record.progress.attempt), record.progress.backend_state});
  if (samples.size() <= samples_of_each) return;
  std::vector<FailureSample> kept;
  for (std::size_t i = 0; i < samples.size(); i += 2) kept.push_back(std::move(samples[i]));
  samples = std::move(kept);
  cluster.stride *= 2;
}

Json FailureClusters::json_of(const Key& key, const Cluster& cluster) {
  const auto& [kind, message, pattern] = key;
  std::vector<std::pair<std::string, std::size_t>> hosts(cluster.hosts.begin(), cluster.hosts.end());
  largest_first(hosts, [](const auto& host) { return host.second; });
  Json shown = Json::array();
  for (std::size_t i = 0; i < hosts.size() && i < most_hosts; ++i)
    shown.push_back({{"host", hosts[i].first}, {"jobs", hosts[i].second}});
  return {{"jobs", cluster.jobs},
          {"class", kind.empty() ? Json(nullptr) : Json(kind)},
          {"states", cluster.states},
          {"message", to_valid_utf8(message)},
          {"pattern", to_valid_utf8(pattern)},
          {"hosts", std::move(shown)},
          {"host_count", hosts.size()},
          {"sample",
           {{"id", cluster.newest.text()},
            {"name", bytes_to_json(cluster.sample_name)},
            {"words", to_valid_utf8(cluster.words)}}}};
}

Json FailureClusters::json(std::size_t most_samples, std::vector<FailureSample>& samples) const {
  std::vector<const std::pair<const Key, Cluster>*> order;
  for (const auto& each : clusters_) order.push_back(&each);
  largest_first(order, [](const auto* each) { return each->second.jobs; });
  Json list = Json::array();
  for (const auto* each : order) {
    for (FailureSample sample : each->second.samples) {
      if (samples.size() == most_samples) break;
      sample.cluster = list.size();
      samples.push_back(std::move(sample));
    }
    list.push_back(json_of(each->first, each->second));
  }
  return list;
}

std::string last_line(std::string_view text) {
  while (!text.empty()) {
    const auto newline = text.rfind('\n');
    const auto line = trim(text.substr(newline == std::string_view::npos ? 0 : newline + 1));
    if (!line.empty()) return std::string(line);
    if (newline == std::string_view::npos) break;
    text = text.substr(0, newline);
  }
  return {};
}

Json last_lines_json(const std::vector<std::pair<JobId, std::string>>& lines) {
  struct Same {
    std::size_t jobs = 0;
    std::string pattern, line;
    JobId id;
  };
  std::vector<Same> all;
  for (const auto& [id, line] : lines) {
    const std::string pattern = failure_pattern(line);
    auto same = std::find_if(all.begin(), all.end(), [&](const Same& each) { return each.pattern == pattern; });
    if (same == all.end()) same = all.insert(all.end(), {0, pattern, line, id});
    ++same->jobs;
  }
  largest_first(all, [](const Same& each) { return each.jobs; });
  if (all.size() > most_lines) all.resize(most_lines);
  Json list = Json::array();
  for (const Same& each : all)
    list.push_back({{"jobs", each.jobs},
                    {"pattern", to_valid_utf8(each.pattern)},
                    {"line", to_valid_utf8(one_line(each.line, 300))},
                    {"id", each.id.text()}});
  return {{"looked_at", lines.size()}, {"last_lines", std::move(list)}};
}

}  // namespace ketrew::daemon
