// GET /v1/events: server-sent, one event a committed transition.
#include <charconv>

#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {

void endpoint::events(Service& service, Request request, Responder responder) {
  std::optional<std::int64_t> after;
  const std::string* parameter = request.parameter("after");
  const std::string text =
      !request.last_event_id.empty() ? request.last_event_id : (parameter ? *parameter : "");
  if (!text.empty()) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
      return responder.problem({ErrorKind::invalid, "Last-Event-ID is not a sequence number", ""});
    after = value;
  }
  const auto answer = answer_later(std::move(responder));
  read<std::unordered_set<JobId>>(
      service,
      [ids = request.parameters("id")](store::Reader& reader) -> Result<std::unordered_set<JobId>> {
        std::unordered_set<JobId> jobs;
        for (const auto& text_of_id : ids) {
          if (const auto whole = JobId::parse(text_of_id)) {
            jobs.insert(*whole);
            continue;
          }
          const auto key = reader.resolve(text_of_id);
          if (!key) return pass(key.error());
          const auto record = reader.job(*key);
          if (!record) return pass(record.error());
          jobs.insert(record->id);
        }
        return jobs;
      },
      [&service, answer, after](Result<std::unordered_set<JobId>> jobs) {
        if (!jobs) return answer->problem(jobs.error());
        EventStream stream = answer->stream();
        if (stream.open()) service.events.listen(std::move(stream), std::move(*jobs), after);
      });
}

}  // namespace ketrew::daemon
