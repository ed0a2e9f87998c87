#include "app/ketrewd/http_message.hpp"

#include <algorithm>
#include <optional>

#include "core/base/percent.hpp"
#include "core/base/text.hpp"

namespace ketrew::daemon {
namespace {

// In the query a '+' is a blank, as forms write it.
std::optional<std::string> decode_query(std::string text) {
  std::replace(text.begin(), text.end(), '+', ' ');
  return percent_decode(text);
}

}  // namespace

const std::string* Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return &value;
  return nullptr;
}

std::vector<std::string> Request::parameters(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : query)
    if (key == name) values.push_back(value);
  return values;
}

Result<> parse_target(std::string_view target, Request& request) {
  const auto bad = [&](const char* why) {
    return fail(ErrorKind::invalid, "request target " + one_line(target, 100) + ": " + why);
  };
  // The absolute form, which a proxy would be sent: what follows the host is the path.
  if (target.starts_with("http://")) {
    const auto slash = target.find('/', 7);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  if (!target.starts_with('/')) return bad("not a path");
  request.target = target;
  target = target.substr(0, target.find('#'));
  const auto question = target.find('?');
  for (const auto& part : split(target.substr(1, question - 1), '/')) {
    auto segment = percent_decode(part);
    if (!segment) return bad("a broken % escape");
    request.segments.push_back(std::move(*segment));
  }
  if (request.segments.back().empty()) request.segments.pop_back();
  if (question == std::string_view::npos) return {};
  for (const auto& part : split(target.substr(question + 1), '&')) {
    if (part.empty()) continue;
    const std::string& pair = part;
    const auto equals = pair.find('=');
    auto key = decode_query(pair.substr(0, equals));
    auto value =
        equals == std::string_view::npos ? std::string() : decode_query(pair.substr(equals + 1));
    if (!key || !value) return bad("a broken % escape");
    request.query.emplace_back(std::move(*key), std::move(*value));
  }
  return {};
}

std::string response_head(const ResponseHead& head, const Fields& more) {
  std::string text = "HTTP/1.1 " + std::to_string(head.status) + ' ' + reason_phrase(head.status);
  if (!head.content_type.empty()) (text += "\r\nContent-Type: ") += head.content_type;
  if (!head.until_close) (text += "\r\nContent-Length: ") += std::to_string(head.body_size);
  if (!head.keep_alive || head.until_close) text += "\r\nConnection: close";
  for (const auto& [name, value] : more) ((text += "\r\n") += name) += ": " + one_line(value, 4096);
  return text += "\r\n\r\n";
}

int http_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return 400;
    case ErrorKind::not_found: return 404;
    case ErrorKind::ambiguous:
    case ErrorKind::conflict: return 409;
    case ErrorKind::denied: return 403;
    case ErrorKind::unavailable: return 503;
    case ErrorKind::timeout: return 504;
    case ErrorKind::corrupt:
    case ErrorKind::internal: return 500;
  }
  return 500;
}

const char* reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Other";
  }
}

std::string problem_document(const Error& error, int status) {
  Json document{{"type", "about:blank"},
                {"title", reason_phrase(status)},
                {"status", status},
                {"detail", to_valid_utf8(error.what)},
                {"kind", to_string(error.kind)}};
  if (!error.hint.empty()) document["hint"] = to_valid_utf8(error.hint);
  return document.dump() + "\n";
}

std::string event_text(std::string_view id, std::string_view event, std::string_view data) {
  std::string text;
  text.reserve(id.size() + event.size() + data.size() + 24);
  if (!id.empty()) ((text += "id: ") += id) += '\n';
  if (!event.empty()) ((text += "event: ") += event) += '\n';
  while (true) {
    const auto end = data.find('\n');
    ((text += "data: ") += data.substr(0, end)) += '\n';
    if (end == std::string_view::npos) return text += '\n';
    data.remove_prefix(end + 1);
  }
}

}  // namespace ketrew::daemon
