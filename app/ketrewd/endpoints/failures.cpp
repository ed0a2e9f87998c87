// GET /v1/failures: failed jobs, those together that failed in the same words.
#include <map>

#include "app/ketrewd/chosen_jobs.hpp"
#include "core/model/failure_pattern.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t most_jobs = 100'000, at_once = 1'000, most_hosts = 5;

struct Cluster {
  std::size_t jobs = 0;
  std::map<std::string, std::size_t> hosts, states;
  JobId newest;
  std::string sample_name, words;
};

// Its own words where there are some; else what the engine says of its end.
std::string words_of(const Progress& p) {
  return p.evidence.words.empty() ? p.message : p.evidence.words;
}

class Clusters {
 public:
  void add(const JobRecord& record) {
    const Progress& p = record.progress;
    const std::string kind = p.failure ? std::string(to_string(*p.failure)) : std::string();
    const std::string words = words_of(p);
    Cluster& cluster = clusters_[{kind, failure_pattern(p.message), failure_pattern(words)}];
    if (cluster.jobs++ == 0) {  // newest first
      cluster.newest = record.id;
      cluster.sample_name = record.node.empty() ? record.spec.name : record.node;
      cluster.words = words;
    }
    ++cluster.hosts[record.spec.host];
    ++cluster.states[std::string(to_string(p.state))];
  }

  Json json() const {
    std::vector<const std::pair<const Key, Cluster>*> order;
    for (const auto& each : clusters_) order.push_back(&each);
    std::stable_sort(order.begin(), order.end(),
                     [](auto* a, auto* b) { return a->second.jobs > b->second.jobs; });
    Json list = Json::array();
    for (const auto* each : order) {
      const auto& [key, cluster] = *each;
      const auto& [kind, message, pattern] = key;
      std::vector<std::pair<std::string, std::size_t>> hosts(cluster.hosts.begin(), cluster.hosts.end());
      std::stable_sort(hosts.begin(), hosts.end(), [](auto& a, auto& b) { return a.second > b.second; });
      Json shown = Json::array();
      for (std::size_t i = 0; i < hosts.size() && i < most_hosts; ++i)
        shown.push_back({{"host", hosts[i].first}, {"jobs", hosts[i].second}});
      list.push_back({{"jobs", cluster.jobs},
                      {"class", kind.empty() ? Json(nullptr) : Json(kind)},
                      {"states", cluster.states},
                      {"message", to_valid_utf8(message)},
                      {"pattern", to_valid_utf8(pattern)},
                      {"hosts", std::move(shown)},
                      {"host_count", hosts.size()},
                      {"sample", {{"id", cluster.newest.text()},
                                  {"name", bytes_to_json(cluster.sample_name)},
                                  {"words", to_valid_utf8(cluster.words)}}}});
    }
    return list;
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;
  std::map<Key, Cluster> clusters_;
};

// The newest, page by page: not all of them are in memory at once.
Result<Json> cluster_failures(store::Reader& reader, store::Selection selection) {
  Clusters clusters;
  std::size_t seen = 0;
  bool complete = false;
  selection.limit = at_once;
  while (seen < most_jobs) {
    const auto page = reader.list(selection);
    if (!page) return pass(page.error());
    for (const JobRecord& record : *page)
      if (record.progress.asked_for) clusters.add(record);
    seen += page->size();
    complete = page->size() < at_once;
    if (complete) break;
    selection.before = page->back().key;
  }
  return Json{{"clusters", clusters.json()}, {"looked_at", seen}, {"complete", complete}};
}

}  // namespace

void endpoint::failures(Service& service, Request request, Responder responder) {
  store::Selection selection;
  // What failed because of others is explained by these.
  for (const State state : failed_states())
    if (state != State::dependency_failed) selection.states.push_back(state);
  selection.where_now = wall_now();
  if (const auto* where = request.parameter("where")) {
    auto filter = filter::parse(*where);
    if (!filter) return responder.problem(filter.error());
    selection.where = std::move(*filter);
  }
  read<Json>(
      service,
      [selection](store::Reader& reader) { return cluster_failures(reader, selection); },
      [answer = answer_later(std::move(responder))](Result<Json> json) {
        if (!json) return answer->problem(json.error());
        respond_json(*answer, *json);
      });
}

}  // namespace ketrew::daemon
