#include "core/api/problem.hpp"

#include "core/api/failure.hpp"

namespace ketrew::api {
namespace {

const char* title(int status) {
  switch (status) {
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 409: return "Conflict";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Internal Server Error";
  }
}

ErrorKind kind_of_status(int status) {
  switch (status) {
    case 404: return ErrorKind::not_found;
    case 403: return ErrorKind::denied;
    case 409: return ErrorKind::conflict;
    case 503: return ErrorKind::unavailable;
    case 408:
    case 504: return ErrorKind::timeout;
    default: return status >= 500 ? ErrorKind::internal : ErrorKind::invalid;
  }
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

int http_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return 400;
    case ErrorKind::not_found: return 404;
    case ErrorKind::ambiguous: return 409;
    case ErrorKind::conflict: return 409;
    case ErrorKind::denied: return 403;
    case ErrorKind::unavailable: return 503;
    case ErrorKind::timeout: return 504;
    case ErrorKind::corrupt: return 500;
    case ErrorKind::internal: return 500;
  }
  return 500;
}

Json to_problem(const Error& error) {
  const int status = http_status(error.kind);
  return Json{{"type", "about:blank"},
              {"title", title(status)},
              {"status", status},
              {"detail", to_valid_utf8(error.what)},
              {"kind", to_string(error.kind)},
              {"hint", to_valid_utf8(error.hint)}};
}

Error from_problem(int status, std::string_view body) {
  Error error;
  error.kind = kind_of_status(status);
  const Json json = Json::parse(body, nullptr, false);
  if (json.is_object()) {
    error.what = one_line(text_at(json, "detail"), 2000);
    error.hint = one_line(text_at(json, "hint"), 2000);
    const std::string name = text_at(json, "kind");
    for (const auto kind : {ErrorKind::invalid, ErrorKind::not_found, ErrorKind::ambiguous,
                            ErrorKind::conflict, ErrorKind::denied, ErrorKind::unavailable,
                            ErrorKind::timeout, ErrorKind::corrupt, ErrorKind::internal})
      if (name == to_string(kind)) error.kind = kind;
    if (error.what.empty()) error.what = one_line(text_at(json, "title"));
  }
  if (error.what.empty()) error.what = "the daemon answered with status " + std::to_string(status);
  return error;
}

Exit exit_code(const Failure& failure) {
  switch (failure.kind) {
    case Failure::Kind::no_daemon:
    case Failure::Kind::lost: return Exit::no_daemon;
    case Failure::Kind::broken: return Exit::internal;
    case Failure::Kind::refused: break;
  }
  switch (failure.error.kind) {
    case ErrorKind::not_found:
    case ErrorKind::ambiguous: return Exit::no_job;
    case ErrorKind::corrupt:
    case ErrorKind::internal: return Exit::internal;
    case ErrorKind::invalid:
    case ErrorKind::conflict:
    case ErrorKind::denied:
    case ErrorKind::unavailable:
    case ErrorKind::timeout: return Exit::refused;
  }
  return Exit::internal;
}

}  // namespace ketrew::api
