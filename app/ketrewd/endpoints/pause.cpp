// POST /v1/pause and POST /v1/resume: what starts nothing new.
#include "app/ketrewd/request_json.hpp"
#include "app/ketrewd/service.hpp"
#include "app/ketrewd/submission.hpp"

namespace ketrew::daemon {
namespace {

struct Wanted {
  std::vector<std::string> jobs, workflows;  // to be resolved
  std::vector<Pause> others;
  bool all = false;
};

Result<> read_list(const Json& json, const std::string& key, std::vector<std::string>& list) {
  if (!json.is_array()) return fail(ErrorKind::invalid, "\"" + key + "\" is not a list");
  for (const Json& each : json) {
    const auto text = bytes_from_json(each);
    if (!text) return fail(text.error(), "\"" + key + "\"");
    list.push_back(*text);
  }
  return {};
}

Result<Wanted> wanted_from(Service& service, const std::string& body, bool may_be_all) {
  const auto json = parse_request_json(body);
  if (!json) return pass(json.error());
  const std::string hint = std::string("give \"jobs\", \"workflows\", \"hosts\" or \"backends\"") +
                           (may_be_all ? ", or \"all\": true" : "");
  if (!json->is_object() || json->empty()) return fail(ErrorKind::invalid, "nothing is named", hint);
  Wanted wanted;
  const SubmissionContext context = service.submission_context();
  for (const auto& [key, value] : json->items()) {
    std::vector<std::string> names;
    if (key == "all" && may_be_all && value == true) {
      wanted.all = true;
    } else if (key == "jobs" || key == "workflows") {
      if (auto read = read_list(value, key, key == "jobs" ? wanted.jobs : wanted.workflows); !read)
        return pass(read.error());
    } else if (key == "hosts" || key == "backends") {
      if (auto read = read_list(value, key, names); !read) return pass(read.error());
      for (const auto& name : names) {
        if (key == "backends") {
          if (!service.engine.backends().by_name.contains(name))
            return fail(ErrorKind::invalid, "unknown backend \"" + one_line(name, 60) + "\"", "see `ketrewd backends`");
          wanted.others.push_back({PauseKind::backend, 0, name});
          continue;
        }
        auto host = resolve_host(name, context);
        if (!host) return pass(host.error());
        wanted.others.push_back({PauseKind::host, 0, std::move(*host)});
      }
    } else {
      return fail(ErrorKind::invalid, "unknown key \"" + one_line(key, 60) + "\"", hint);
    }
  }
  return wanted;
}

Result<std::vector<Pause>> resolved(store::Reader& reader, Wanted wanted) {
  std::vector<Pause> pauses = std::move(wanted.others);
  for (const auto& id : wanted.jobs) {
    const auto key = reader.resolve(id);
    if (!key) return pass(key.error());
    pauses.push_back({PauseKind::job, *key, {}});
  }
  for (const auto& id : wanted.workflows) {
    const auto key = reader.resolve_workflow(id);
    if (!key) return pass(key.error());
    pauses.push_back({PauseKind::workflow, *key, {}});
  }
  return pauses;
}

void answer_pauses(Service& service, const Answer& answer) {
  read<Json>(
      service,
      [pauses = service.engine.pauses()](store::Reader& reader) -> Result<Json> {
        return Json{{"paused", pauses_json(reader, pauses)}};
      },
      [answer](Result<Json> json) {
        if (!json) return answer->problem(json.error());
        respond_json(*answer, *json);
      });
}

void apply(Service& service, std::vector<Pause> pauses, bool on, const Answer& answer) {
  service.conductor.set_paused(std::move(pauses), on, [&service, answer](const Result<>& done) {
    if (!done) return answer->problem(done.error());
    answer_pauses(service, answer);
  });
}

void pause_or_resume(Service& service, const Request& request, Responder responder, bool on) {
  auto wanted = wanted_from(service, request.body, !on);
  if (!wanted) return responder.problem(wanted.error());
  const Answer answer = answer_later(std::move(responder));
  if (wanted->all) {
    const auto& all = service.engine.pauses();
    return apply(service, {all.begin(), all.end()}, false, answer);
  }
  read<std::vector<Pause>>(
      service,
      [wanted = std::move(*wanted)](store::Reader& reader) { return resolved(reader, wanted); },
      [&service, on, answer](Result<std::vector<Pause>> pauses) {
        if (!pauses) return answer->problem(pauses.error());
        apply(service, std::move(*pauses), on, answer);
      });
}

}  // namespace

Json pauses_json(store::Reader& reader, const std::set<Pause>& pauses) {
  Json list = Json::array();
  for (const Pause& pause : pauses) {
    Json what = bytes_to_json(pause.name);
    if (pause.kind == PauseKind::job) {
      const auto standing = reader.standing(pause.key);
      if (!standing || is_final(standing->state)) continue;
      what = standing->id.text();
    } else if (pause.kind == PauseKind::workflow) {
      const auto workflow = reader.workflow(pause.key);
      if (!workflow) continue;
      what = workflow->id.text();
    }
    list.push_back({{"kind", to_string(pause.kind)}, {"what", std::move(what)}});
  }
  return list;
}

void endpoint::pause(Service& service, Request request, Responder responder) {
  pause_or_resume(service, request, std::move(responder), true);
}
void endpoint::resume(Service& service, Request request, Responder responder) {
  pause_or_resume(service, request, std::move(responder), false);
}

}  // namespace ketrew::daemon
