#include "core/protocol/message.hpp"

#include <charconv>

namespace ketrew::protocol {
namespace {

tl::unexpected<Error> no_message(const char* why) {
  return fail(ErrorKind::invalid, std::string("not a JSON-RPC 2.0 message: ") + why);
}

Result<Message> parse_error_response(std::string_view id, std::string_view error) {
  const auto members = scan_checked_object(error);
  if (!members) return no_message("its \"error\" is not an object");
  const auto code = scan_integer(members->find("code").value_or(""));
  const auto text = scan_string(members->find("message").value_or(""));
  if (!code || *code < INT32_MIN || *code > INT32_MAX || !text)
    return no_message("its \"error\" has no code or no message");
  return ErrorResponse{id, static_cast<int>(*code), *text};
}

void begin_line(std::string& out) { out += R"({"jsonrpc":"2.0",)"; }

}  // namespace

Result<Message> parse_message(std::string_view line) {
  const auto members = scan_object(line);
  if (!members) return pass(members.error());
  if (members->find("jsonrpc").value_or("") != R"("2.0")")
    return no_message("\"jsonrpc\" is not \"2.0\"");
  const auto id = members->find("id");
  if (id && std::string_view("{[tf").find(id->front()) != std::string_view::npos)
    return no_message("its \"id\" is neither a string nor a number");
  if (const auto method_text = members->find("method")) {
    auto method = scan_string(*method_text);
    if (!method) return no_message("its \"method\" is not a string");
    const std::string_view params = members->find("params").value_or("{}");
    if (params.front() != '{') return no_message("its \"params\" are not an object");
    if (!id) return Notification{std::move(*method), params};
    if (*id == "null") return no_message("its \"id\" is null");
    return Request{*id, std::move(*method), params};
  }
  const auto result = members->find("result");
  const auto error = members->find("error");
  if (!id || !!result == !!error)
    return no_message("it has neither a method nor, with an id, one of \"result\" and \"error\"");
  if (error) return parse_error_response(*id, *error);
  if (*id == "null") return no_message("it answers no request");
  return Response{*id, *result};
}

void append_request(std::string& out, std::uint64_t id, std::string_view method,
                    std::string_view params) {
  begin_line(out);
  out += R"("id":)";
  out += std::to_string(id);
  out += R"(,"method":)";
  append_json_string(out, method);
  out += R"(,"params":)";
  out += params;
  out += "}\n";
}

void append_notification(std::string& out, std::string_view method, std::string_view params) {
  begin_line(out);
  out += R"("method":)";
  append_json_string(out, method);
  out += R"(,"params":)";
  out += params;
  out += "}\n";
}

void append_response(std::string& out, std::string_view id, std::string_view result) {
  begin_line(out);
  out += R"("id":)";
  out += id;
  out += R"(,"result":)";
  out += result;
  out += "}\n";
}

void append_error(std::string& out, std::string_view id, ErrorCode code, std::string_view message) {
  begin_line(out);
  out += R"("id":)";
  out += id;
  out += R"(,"error":{"code":)";
  out += std::to_string(static_cast<int>(code));
  out += R"(,"message":)";
  append_json_string(out, message);
  out += "}}\n";
}

std::optional<std::uint64_t> request_number(std::string_view id) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), value);
  if (error != std::errc{} || end != id.data() + id.size()) return std::nullopt;
  return value;
}

}  // namespace ketrew::protocol
