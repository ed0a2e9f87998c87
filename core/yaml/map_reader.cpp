#include "core/yaml/map_reader.hpp"

#include <charconv>

namespace ketrew::yaml {
namespace {

std::string decimal(double value) { return Json(value).dump(); }

}  // namespace

MapReader::MapReader(const Node& node, std::string what, Problems& problems)
    : node_(node), what_(std::move(what)), problems_(problems) {
  if (node.kind != Node::Kind::map && node.kind != Node::Kind::null)
    problems_.add(node.place, what_ + " is " + describe(node) + ", not a map");
}

MapReader::~MapReader() {
  for (const auto& [key, value] : node_.entries) {
    if (std::find(known_.begin(), known_.end(), key.text) != known_.end() ||
        !problems_.would_be_first(key.place))
      continue;
    const std::string near = nearest(key.text, known_);
    problems_.add(key.place, "unknown key \"" + one_line(key.text, 60) + "\" in " + what_,
                  near.empty() ? "known: " + join(known_, ", ") : "did you mean \"" + near + "\"?");
  }
}

const Node* MapReader::node(const std::string& key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  for (const auto& [each, value] : node_.entries)
    if (each.text == key) return &value;
  return nullptr;
}

bool MapReader::wrong(const Node& value, const std::string& key, const std::string& expected) {
  problems_.add(value.place, "\"" + key + "\" of " + what_ + " is " + describe(value),
                "expected " + expected);
  return false;
}

bool MapReader::text(const std::string& key, std::string& value) {
  const Node* found = node(key);
  if (!found) return false;
  const Json json = to_json(*found);
  if (!json.is_string()) return wrong(*found, key, "a text; quote it if it is one");
  if (found->text.empty()) return wrong(*found, key, "a text that is not empty");
  value = found->text;
  return true;
}

bool MapReader::scalar(const std::string& key, std::string& value) {
  const Node* found = node(key);
  if (!found) return false;
  if (found->kind != Node::Kind::scalar || found->text.empty()) return wrong(*found, key, "a text");
  value = found->text;
  return true;
}

bool MapReader::boolean(const std::string& key, bool& value) {
  const Node* found = node(key);
  if (!found) return false;
  const Json json = to_json(*found);
  if (!json.is_boolean()) return wrong(*found, key, "true or false");
  value = json.get<bool>();
  return true;
}

bool MapReader::integer(const std::string& key, std::int64_t low, std::int64_t high, int& value) {
  const Node* found = node(key);
  if (!found) return false;
  const Json json = to_json(*found);
  if (!json.is_number_integer() || json.get<std::int64_t>() < low ||
      json.get<std::int64_t>() > high)
    return wrong(*found, key,
                 "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  value = static_cast<int>(json.get<std::int64_t>());
  return true;
}

bool MapReader::number(const std::string& key, double low, double high, double& value) {
  const Node* found = node(key);
  if (!found) return false;
  const Json json = to_json(*found);
  if (!json.is_number() || json.get<double>() < low || json.get<double>() > high)
    return wrong(*found, key, "a number from " + decimal(low) + " to " + decimal(high));
  value = json.get<double>();
  return true;
}

bool MapReader::duration(const std::string& key, Milliseconds low, Milliseconds high,
                         Milliseconds& value) {
  const Node* found = node(key);
  if (!found) return false;
  const auto parsed =
      found->kind == Node::Kind::scalar ? parse_duration(found->text) : std::nullopt;
  if (!parsed || *parsed < low || *parsed > high)
    return wrong(*found, key,
                 "a duration from " + format_duration(low) + " to " + format_duration(high) +
                     ", like 30s, 10m or 1h30m");
  value = *parsed;
  return true;
}

bool MapReader::word(const std::string& key, const std::vector<std::string>& allowed,
                     std::string& value) {
  const Node* found = node(key);
  if (!found) return false;
  if (found->kind != Node::Kind::scalar ||
      std::find(allowed.begin(), allowed.end(), found->text) == allowed.end())
    return wrong(*found, key, "one of " + join(allowed, ", "));
  value = found->text;
  return true;
}

bool MapReader::texts(const std::string& key, std::vector<std::string>& value) {
  const Node* found = node(key);
  if (!found) return false;
  if (found->kind != Node::Kind::list) return wrong(*found, key, "a list of texts");
  std::vector<std::string> texts;
  for (const auto& item : found->items) {
    if (item.kind != Node::Kind::scalar || item.text.empty())
      return wrong(item, key, "a list of texts that are not empty");
    texts.push_back(item.text);
  }
  value = std::move(texts);
  return true;
}

bool MapReader::map(const std::string& key, Json& value) {
  const Node* found = node(key);
  if (!found || found->kind == Node::Kind::null) return false;
  if (found->kind != Node::Kind::map) return wrong(*found, key, "a map");
  value = to_json(*found);
  return true;
}

}  // namespace ketrew::yaml
