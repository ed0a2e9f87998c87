// What `ketrewd` asks of a running daemon: reload, stop, archive, backup; and the API's description.
#include "app/ketrewd/openapi.hpp"
#include "app/ketrewd/request_json.hpp"
#include "app/ketrewd/service.hpp"
#include "core/base/file.hpp"

namespace ketrew::daemon {
namespace {

// The member of this name; empty where there is none, or something else than a string.
std::string text_in(const std::string& body, const char* name) {
  const auto json = parse_request_json(body);
  if (!json || !json->is_object()) return {};
  const auto member = json->find(name);
  return member != json->end() && member->is_string() ? member->get<std::string>() : std::string();
}

}  // namespace

void endpoint::reload(Service& service, Request, Responder responder) {
  service.reload([answer = answer_later(std::move(responder))](const Json& changes) {
    respond_json(*answer, changes);
  });
}

void endpoint::stop(Service& service, Request, Responder responder) {
  respond_json(responder, Json::object());
  service.stop();
}

void endpoint::archive(Service& service, Request request, Responder responder) {
  const std::string text = text_in(request.body, "older_than");
  const auto age = text.empty() ? std::nullopt : parse_duration(text);
  if (!age)
    return responder.problem({ErrorKind::invalid, "the body is not {\"older_than\": DURATION}",
                              "write a duration as 30d, 12h or 90m"});
  std::optional<filter::Filter> where;
  if (const std::string words = text_in(request.body, "where"); !words.empty()) {
    auto filter = filter::parse(words);
    if (!filter) return responder.problem(filter.error());
    where = std::move(*filter);
  }
  service.store.archive(
      wall_now() - *age, std::move(where), path_join(service.home, "archive.db"),
      [&service, answer = answer_later(std::move(responder)),
       path = path_join(service.home, "archive.db")](Result<std::int64_t> count) {
        post_to_loop(service, [answer, count, path] {
          if (!count) return answer->problem(count.error());
          respond_json(*answer, {{"archived", *count}, {"path", path}});
        });
      });
}

void endpoint::backup(Service& service, Request request, Responder responder) {
  const std::string path = text_in(request.body, "path");
  if (path.empty() || path[0] != '/')
    return responder.problem({ErrorKind::invalid, "the body is not {\"path\": \"/ABSOLUTE/NEW/FILE\"}", ""});
  service.store.backup(path, [&service, answer = answer_later(std::move(responder)), path](Result<> done) {
    post_to_loop(service, [answer, done, path] {
      if (!done) {
        Error error = done.error();
        // "Not found" would be a job's: it has an exit code of its own.
        if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::invalid;
        return answer->problem(error);
      }
      respond_json(*answer, {{"path", path}});
    });
  });
}

void endpoint::openapi(Service&, Request, Responder responder) {
  responder.respond(200, "application/json", openapi_document);
}

}  // namespace ketrew::daemon
