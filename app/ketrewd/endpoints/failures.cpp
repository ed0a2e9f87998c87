// GET /v1/failures: failed jobs, those together that failed in the same words.
#include "app/ketrewd/chosen_jobs.hpp"
#include "app/ketrewd/last_words.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t most_jobs = 100'000, at_once = 1'000, most_samples = 100;

struct Found {
  Json json;
  std::vector<FailureSample> samples;
};

// The newest, page by page: not all of them are in memory at once.
Result<Found> cluster_failures(store::Reader& reader, store::Selection selection) {
  FailureClusters clusters;
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
  Found found;
  Json list = clusters.json(most_samples, found.samples);
  found.json = {{"clusters", std::move(list)}, {"looked_at", seen}, {"complete", complete}};
  return found;
}

// How a job ended says little; what it said last often tells those apart that ended alike.
void add_last_words(Json& json, const std::vector<LastWords>& words) {
  std::map<std::size_t, std::vector<std::pair<JobId, std::string>>> lines;
  for (const LastWords& each : words) lines[each.cluster].emplace_back(each.id, each.line);
  for (const auto& [cluster, said] : lines) json["clusters"][cluster]["stderr"] = last_lines_json(said);
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
  read<Found>(
      service,
      [selection](store::Reader& reader) { return cluster_failures(reader, selection); },
      [&service, answer = answer_later(std::move(responder))](Result<Found> found) {
        if (!found) return answer->problem(found.error());
        ask_last_words(service, std::move(found->samples),
                       [answer, json = std::move(found->json)](const std::vector<LastWords>& words) mutable {
                         add_last_words(json, words);
                         respond_json(*answer, json);
                       });
      });
}

}  // namespace ketrew::daemon
