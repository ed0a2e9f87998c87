#include "core/yaml/tree.hpp"

#include <charconv>
#include <cmath>

namespace ketrew::yaml {
namespace {

bool matches_number(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return !text.empty() &&
         (std::isdigit(static_cast<unsigned char>(text[0])) ||
          (text[0] == '.' && text.size() > 1 && std::isdigit(static_cast<unsigned char>(text[1]))));
}

}  // namespace

Json scalar_to_json(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (!matches_number(text)) return text;
  const std::string_view digits = text[0] == '+' ? std::string_view(text).substr(1) : text;
  const char* const end = digits.data() + digits.size();
  std::int64_t integer = 0;
  if (auto [at, error] = std::from_chars(digits.data(), end, integer);
      error == std::errc() && at == end)
    return integer;
  double number = 0;
  if (auto [at, error] = std::from_chars(digits.data(), end, number);
      error == std::errc() && at == end && std::isfinite(number))
    return number;
  return text;
}

Error error_at(const std::string& file, Place place, const std::string& what, std::string hint) {
  std::string where = file;
  if (place.line) where += ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
  return Error{ErrorKind::invalid, where + ": " + what, std::move(hint)};
}

Json to_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return nullptr;
    case Node::Kind::scalar: return node.quoted ? Json(node.text) : scalar_to_json(node.text);
    case Node::Kind::list: {
      Json list = Json::array();
      for (const auto& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case Node::Kind::map: {
      Json map = Json::object();
      for (const auto& [key, value] : node.entries) map[key.text] = to_json(value);
      return map;
    }
  }
  return nullptr;
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
    case Node::Kind::scalar: break;
  }
  const Json value = to_json(node);
  const std::string text = one_line(node.text, 40);
  if (value.is_boolean()) return "the boolean " + text;
  if (value.is_number()) return "the number " + text;
  return "the text \"" + text + "\"";
}

}  // namespace ketrew::yaml
