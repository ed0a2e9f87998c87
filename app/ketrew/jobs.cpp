#include "app/ketrew/jobs.hpp"

#include "app/ketrew/answer.hpp"
#include "core/base/id.hpp"

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
        const auto at = found.find(id);
        if (at == found.end())
          return stop(Exit::no_job, "no job " + id, "see: ketrew status --all");
        give(at->second);
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
