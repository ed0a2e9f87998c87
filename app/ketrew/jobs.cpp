#include "app/ketrew/jobs.hpp"

#include "app/ketrew/answer.hpp"
#include "core/base/id.hpp"
#include "core/base/terminal_text.hpp"
#include "core/model/filter.hpp"

namespace ketrew::client {
namespace {

constexpr std::size_t full_page = 5000, brief_page = 100'000;
constexpr std::size_t ids_at_once = 100;  // keeps the request's first line below 4 KiB

Target jobs_target(const Parameters& parameters) {
  Target target("/v1/jobs");
  for (const auto& [key, value] : parameters) target.query(key, value);
  return target;
}

}  // namespace

Try<bool> list_jobs(Context& context, const Parameters& parameters, std::size_t limit,
                    const EachJob& each) {
  const bool brief =
      std::find(parameters.begin(), parameters.end(), brief_jobs) != parameters.end();
  const std::size_t page = brief ? brief_page : full_page;
  std::size_t count = 0;
  std::string cursor;
  while (true) {
    Target target = jobs_target(parameters);
    target.query("limit", std::to_string(limit ? std::min(page, limit - count) : page));
    if (!cursor.empty()) target.query("cursor", cursor);
    auto answer = context.get(target);
    if (!answer) return stop(std::move(answer.error()));
    const std::size_t before = count;
    if (!answer->is_object() || !(*answer)["jobs"].is_array())
      return stop(Exit::internal, "the daemon's answer has no jobs in it");
    for (auto& job : (*answer)["jobs"]) {
      each(job);
      ++count;
    }
    cursor = text_at(*answer, "next_cursor");
    if (cursor.empty() || count == before) return false;
    if (limit && count >= limit) return true;
  }
}

Try<std::vector<std::string>> id_prefixes(const std::vector<std::string>& ids) {
  std::vector<std::string> prefixes;
  for (const auto& id : ids) {
    const auto prefix = parse_id_prefix(id);
    if (!prefix)
      return stop(Exit::no_job, "\"" + one_line(id, 60) + "\" is no job id",
                  "an id has 26 letters and digits, as `ketrew status` prints it");
    prefixes.push_back(*prefix);
  }
  return prefixes;
}

Try<Json> chosen(const std::vector<std::string>& ids, const std::string& where) {
  if (ids.empty() == where.empty())
    return wrong_usage(ids.empty() ? "no jobs are named" : "ids and --where do not go together",
                       "give ids, or --where EXPR");
  if (!where.empty()) {
    if (const auto filter = filter::parse(where); !filter)
      return wrong_usage(filter.error().what, filter.error().hint);
    return Json{{"where", where}};
  }
  auto prefixes = id_prefixes(ids);
  if (!prefixes) return stop(std::move(prefixes.error()));
  return Json{{"ids", std::move(*prefixes)}};
}

void tell_ends(Context& context, const Json& answer) {
  if (context.json) return context.console.json(answer);
  for (const auto& job : list_at(answer, "jobs")) {
    const std::string state = escape_for_terminal(text_at(job, "state"));
    context.console.line(escape_for_terminal(text_at(job, "id")) + "  " +
                         (true_at(job, "already_over") ? "over already: " + state : state));
  }
}

Try<Json> job_by_id(Context& context, const std::string& id) {
  auto prefix = id_prefixes({id});
  if (!prefix) return stop(std::move(prefix.error()));
  return context.get(Target("/v1/jobs").segment(prefix->front()));
}

Try<bool> jobs_by_id(Context& context, const std::vector<std::string>& ids, const EachJob& each,
                     bool brief) {
  std::set<std::string> seen;
  const auto give = [&](Json& job) {
    if (seen.insert(text_at(job, "id")).second) each(job);
  };
  for (std::size_t begin = 0; begin < ids.size();) {
    // Whole ids go together. A prefix goes alone, to the job itself: for the daemon's own words
    // where it is unknown or ambiguous.
    Parameters whole;
    while (begin < ids.size() && whole.size() < ids_at_once && JobId::parse(ids[begin]))
      whole.emplace_back("id", JobId::parse(ids[begin++])->text());
    if (whole.size() > 1) {
      std::map<std::string, Json> found;
      Parameters parameters = whole;
      if (brief) parameters.push_back(brief_jobs);
      auto listed = list_jobs(context, parameters, 0, [&](Json& job) {
        std::string id = text_at(job, "id");  // before it is moved from
        found.emplace(std::move(id), std::move(job));
      });
      if (!listed) return listed;
      for (const auto& [key, id] : whole) {
        if (const auto at = found.find(id); at != found.end()) {
          give(at->second);
          continue;
        }
        auto job = job_by_id(context, id);  // a pointer; or there is none
        if (!job) return stop(std::move(job.error()));
        give(*job);
      }
      continue;
    }
    auto job = job_by_id(context, whole.empty() ? ids[begin++] : whole[0].second);
    if (!job) return stop(std::move(job.error()));
    give(*job);
  }
  return true;
}

}  // namespace ketrew::client
