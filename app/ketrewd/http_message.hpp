// One HTTP request as the endpoints see it, and the text of an answer. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew::daemon {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;                 // "GET"; any token the peer sent
  std::string target;                 // as it came: "/v1/jobs/a%20b?limit=3"
  std::vector<std::string> segments;  // of the path, decoded: {"v1", "jobs", "a b"}
  Fields query;                       // decoded, in the order given; a name may be repeated
  std::string idempotency_key;        // headers; "" where absent
  std::string last_event_id;
  std::string accept;
  std::string content_type;
  std::string body;

  // The first value of a query parameter; null where it is absent. Valid as long as the request.
  const std::string* parameter(std::string_view name) const;
  std::vector<std::string> parameters(std::string_view name) const;
};

// Fills target, segments and query. invalid: not an absolute path, a broken %-escape, a NUL.
// An empty last segment ("/v1/jobs/") is dropped.
Result<> parse_target(std::string_view target, Request& request);

// The status line and headers, up to and with the empty line. `body_size` is what Content-Length
// says; with `until_close` there is none and the body lasts until the connection ends.
struct ResponseHead {
  int status = 200;
  std::string_view content_type;
  std::size_t body_size = 0;
  bool keep_alive = true;
  bool until_close = false;
};
std::string response_head(const ResponseHead& head, const Fields& more = {});

int http_status(ErrorKind kind);
const char* reason_phrase(int status);
// RFC 9457; `status` is http_status(error.kind) unless the server knows better (413, 431, ...).
std::string problem_document(const Error& error, int status);

// One server-sent event; line breaks within `data` become several data lines.
std::string event_text(std::string_view id, std::string_view event, std::string_view data);

}  // namespace ketrew::daemon
