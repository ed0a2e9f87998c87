// GET /v1/jobs, and the jobs of GET /v1/status.
#include "app/ketrewd/endpoints/list_jobs.hpp"

#include <charconv>

namespace ketrew::daemon {
namespace {

constexpr std::size_t most_jobs = 10'000, most_brief = 100'000;

Result<std::int64_t> number(const std::string& text, const char* what) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0)
    return fail(ErrorKind::invalid, std::string(what) + " is not a whole number");
  return value;
}

}  // namespace

Result<JobQuery> job_query_from(const Request& request) {
  JobQuery query;
  for (const auto& [name, value] : request.query) {
    if (name == "state") {
      const auto state = parse_state(value);
      if (!state) return fail(ErrorKind::invalid, "unknown state \"" + one_line(value, 40) + "\"");
      query.selection.states.push_back(*state);
    } else if (name == "status") {
      const auto status = parse_status(value);
      if (!status)
        return fail(ErrorKind::invalid, "unknown status \"" + one_line(value, 40) + "\"",
                    "known: activable, in-progress, successful, failed");
      for (const State state : all_states)
        if (status_of(state) == *status) query.selection.states.push_back(state);
    } else if (name == "tag") {
      query.selection.tag = value;
    } else if (name == "name") {
      query.selection.name = value;
    } else if (name == "backend") {
      query.selection.backend = value;
    } else if (name == "id") {
      query.ids.push_back(value);
    } else if (name == "workflow") {
      query.workflow = value;
    } else if (name == "where") {
      auto filter = filter::parse(value);
      if (!filter) return pass(filter.error());
      query.selection.where = std::move(*filter);
      query.selection.where_now = wall_now();
    } else if (name == "since") {
      query.selection.finished_since = parse_rfc3339(value);
      if (!query.selection.finished_since)
        return fail(ErrorKind::invalid, "since is not a time", "write 2026-11-23T02:23:52Z");
    } else if (name == "limit") {
      const auto limit = number(value, "limit");
      if (!limit) return pass(limit.error());
      query.selection.limit = static_cast<std::size_t>(*limit);
    } else if (name == "cursor") {
      const auto before = number(value, "cursor");
      if (!before) return pass(before.error());
      query.selection.before = *before;
    } else if (name == "brief") {
      query.brief = value == "true";
    } else if (name != "jobs") {
      static const std::vector<std::string> known = {"state", "status",  "tag",   "name",   "id",
                                                     "since", "backend", "limit", "cursor", "brief",
                                                     "where", "workflow"};
      const std::string near = nearest(name, known);
      return fail(ErrorKind::invalid, "unknown parameter \"" + one_line(name, 40) + "\"",
                  near.empty() ? "known: " + join(known, ", ") : "did you mean \"" + near + "\"?");
    }
  }
  if (!query.workflow.empty() && !query.ids.empty())
    return fail(ErrorKind::invalid, "workflow and id do not go together", "give one of them");
  query.selection.limit = std::min(query.selection.limit, query.brief ? most_brief : most_jobs);
  return query;
}

Result<Json> list_jobs(JobQuery query, store::Reader& reader) {
  for (const auto& id : query.ids) {
    const auto key = reader.resolve(id);
    if (!key) return pass(key.error());
    query.selection.keys.push_back(*key);
  }
  if (!query.workflow.empty()) {
    const auto workflow = reader.resolve_workflow(query.workflow);
    if (!workflow) return pass(workflow.error());
    auto keys = reader.workflow_jobs(*workflow);
    if (!keys) return pass(keys.error());
    query.selection.keys = std::move(*keys);
    if (query.selection.keys.empty()) query.selection.limit = 0;  // all of them archived
  }
  if (!query.ids.empty() && query.ids.size() <= most_jobs)
    query.selection.limit = std::max(query.selection.limit, query.ids.size());
  const std::size_t limit = query.selection.limit;
  if (limit > 0) ++query.selection.limit;  // one more: is there a next page?
  Json jobs = Json::array();
  Json next = nullptr;
  if (limit > 0) {
    const auto page = [&](auto records, auto to_json) -> Result<> {
      if (!records) return pass(records.error());
      if (records->size() > limit) {
        records->resize(limit);
        next = std::to_string(records->back().key);
      }
      for (const auto& record : *records) jobs.push_back(to_json(record));
      return {};
    };
    const auto taken =
        query.brief ? page(reader.list_brief(query.selection),
                           [](const store::Brief& job) {
                             Json brief{{"id", job.id.text()}, {"state", to_string(job.state)}};
                             if (job.state == State::killed && !job.asked_for) brief["asked_for"] = false;
                             if (job.orphan) brief["orphan"] = true;
                             return brief;
                           })
                    : page(reader.list(query.selection),
                           [](const JobRecord& record) { return to_json(record); });
    if (!taken) return pass(taken.error());
  }
  return Json{{"jobs", std::move(jobs)}, {"next_cursor", std::move(next)}};
}

void endpoint::list_jobs(Service& service, Request request, Responder responder) {
  auto query = job_query_from(request);
  if (!query) return responder.problem(query.error());
  read<std::string>(
      service,
      [query = std::move(*query)](store::Reader& reader) -> Result<std::string> {
        // Written out here, off the loop: a page may be some megabytes.
        auto json = daemon::list_jobs(query, reader);
        if (!json) return pass(json.error());
        return json->dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
      },
      [answer = answer_later(std::move(responder))](Result<std::string> text) {
        if (!text) return answer->problem(text.error());
        answer->respond(200, "application/json", std::move(*text));
      });
}

}  // namespace ketrew::daemon
