// JSON-RPC 2.0, one message a line, for both ends. Texts here are views into the line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/protocol/raw_json.hpp"

namespace ketrew::protocol {

inline constexpr int version = 1;

// The codes of JSON-RPC that this protocol uses.
enum class ErrorCode : int {
  parse_error = -32700,
  invalid_request = -32600,
  unknown_method = -32601,
  invalid_params = -32602,
  failed = -32000,
};

struct Request {
  std::string_view id;  // JSON text of a string or number, to be given back as it is
  std::string method;
  std::string_view params;  // an object; "{}" where there was none
};
struct Notification {
  std::string method;
  std::string_view params;
};
struct Response {
  std::string_view id;
  std::string_view result;
};
struct ErrorResponse {
  std::string_view id;  // "null" where the sender could not read the request
  int code = 0;
  std::string message;
};
using Message = std::variant<Request, Notification, Response, ErrorResponse>;

// Strict: the line must be valid JSON all the way down, so that each part of it can be passed on.
// The views live as long as `line`. Errors are `invalid`.
Result<Message> parse_message(std::string_view line);

// Each appends one whole line with its newline; `params` and `result` are JSON texts.
void append_request(std::string& out, std::uint64_t id, std::string_view method,
                    std::string_view params);
void append_notification(std::string& out, std::string_view method, std::string_view params);
void append_response(std::string& out, std::string_view id, std::string_view result);
void append_error(std::string& out, std::string_view id, ErrorCode code, std::string_view message);

// The number of a request that `append_request` made; nothing for ids that it cannot have made.
std::optional<std::uint64_t> request_number(std::string_view id);

}  // namespace ketrew::protocol
