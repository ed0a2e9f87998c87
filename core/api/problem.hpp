// Errors as RFC 9457 problem documents:
//   {"type": "about:blank", "title": "Not Found", "status": 404, "detail": ..., "kind":
//   "not-found",
//    "hint": ...}
#pragma once

#include "core/base/text.hpp"

namespace ketrew::api {

int http_status(ErrorKind kind);
Json to_problem(const Error& error);
// From any answer that is not a success: a problem document, or whatever else came (`body` may not
// even be JSON). Never fails: it is about a failure already.
Error from_problem(int status, std::string_view body);

}  // namespace ketrew::api
